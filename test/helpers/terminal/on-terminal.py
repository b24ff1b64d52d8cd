"""Runs a program on a terminal of its own and says what it has left there.

Standard input: {argv, env, columns, rows, steps: [{until, write?, signal?, resize?}]}. Each step
waits for a text that the program has written since the step before. Prints {code, output, before,
after}: before and after are the terminal's settings; code is negative after a signal.
"""
import fcntl, json, os, pty, select, signal, struct, sys, termios, time

asked = json.load(sys.stdin)
deadline = time.monotonic() + 150


def size(columns, rows):
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def settings():
    return [part if isinstance(part, int) else str(part) for part in termios.tcgetattr(slave)]


# Held open here too, so that it is still there to be looked at when the program has ended.
master, slave = pty.openpty()
size(asked["columns"], asked["rows"])
before = settings()
child = os.fork()
if child == 0:
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for descriptor in range(3):
        os.dup2(slave, descriptor)
    # Programs that draw think twice about it where these are set.
    ours = {name: value for name, value in os.environ.items() if "CI" not in name.split("_")}
    ours.pop("CONTINUOUS_INTEGRATION", None)
    os.execve(asked["argv"][0], asked["argv"], {**ours, **asked["env"]})
output = b""


def take(seconds):
    global output
    if select.select([master], [], [], seconds)[0]:
        output += os.read(master, 65536)
        return True
    return False


code = None
seen = 0
for step in asked["steps"]:
    while step["until"].encode() not in output[seen:]:
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
            sys.exit(f"no {step['until']!r} in {output.decode(errors='replace')!r}")
        take(0.1)
    seen = len(output)
    if "resize" in step:
        size(*step["resize"])
    if "write" in step:
        os.write(master, step["write"].encode())
    if "signal" in step:
        os.kill(child, getattr(signal, step["signal"]))
while code is None:
    if time.monotonic() > deadline:
        os.kill(child, signal.SIGKILL)
    take(0.1)
    ended, status = os.waitpid(child, os.WNOHANG)
    if ended:
        code = os.waitstatus_to_exitcode(status)
while take(0.1):
    pass
text = output.decode(errors="replace")
print(json.dumps({"code": code, "output": text, "before": before, "after": settings()}))
