"""Which of several compressed models is the one to take, and which strengths are tried to find it."""
