def helper():
    pass


def tool():
    pass


tool.helper = helper
tool.helper()
