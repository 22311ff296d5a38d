class Robot:
    def walk(self):
        pass

    def talk(self):
        pass


robot = Robot()
getattr(robot, "walk")()
setattr(robot, "jump", robot.talk)
robot.jump()
