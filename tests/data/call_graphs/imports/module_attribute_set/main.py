import settings
import user


def hook():
    pass


settings.hook = hook
user.run()
