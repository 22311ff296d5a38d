def run():
    from late import act

    act()


try:
    import missing
except ImportError:
    missing = None
run()
