from pkg.a import run as f
