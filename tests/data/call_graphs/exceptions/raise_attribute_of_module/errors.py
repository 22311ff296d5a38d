class group:
    class Bad(Exception):
        def __init__(self):
            pass
