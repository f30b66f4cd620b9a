"""Context managers as decorators."""

from functools import wraps
from inspect import isgeneratorfunction


def decorated(context, function):
    """`function` within what context() returns; a generator only while its own code runs."""
    if isgeneratorfunction(function):
        return _generator(context, function)

    @wraps(function)
    def wrapper(*arguments, **named):
        with context():
            return function(*arguments, **named)

    return wrapper


def _generator(context, function):
    @wraps(function)
    def wrapper(*arguments, **named):
        generator = function(*arguments, **named)
        step, value = generator.send, None
        try:
            while True:
                try:
                    with context():
                        result = step(value)
                except StopIteration as end:
                    return end.value
                try:
                    step, value = generator.send, (yield result)
                except GeneratorExit:
                    raise
                except BaseException as problem:
                    step, value = generator.throw, problem
        finally:
            with context():
                generator.close()

    return wrapper
