class Person:
    @property
    def greet(self):
        return self.say

    def say(self):
        pass


Person().greet()
