"""Where families of users' own, written for earlier versions, find what they import."""
