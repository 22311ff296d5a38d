from registry import register
@register("x")
def handler(): pass
