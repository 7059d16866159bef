"""What a sweep will take, and how it is made to fit its minutes."""
