KEY = "y"
