class Error(Exception):
    def __init__(self):
        pass


error = Error
raise error
