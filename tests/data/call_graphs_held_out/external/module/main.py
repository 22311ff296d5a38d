import ext.sub

ext.sub.f()
