"""Runs a command as the agent of ECS Exec does: split by shlex, in a terminal of its own. Frames on stdin, bytes of the terminal on stdout; ends as the command does."""
import fcntl, os, pty, select, shlex, struct, sys, termios, threading

words = shlex.split(sys.argv[1])
if len(sys.argv) > 2:
    words[0:1] = sys.argv[2].split()
pid, terminal = pty.fork()
if pid == 0:
    try:
        os.execvp(words[0], words)
    except OSError as error:
        os.write(2, str(error).encode())
        os._exit(127)


def read_exactly(count):
    data = b""
    while len(data) < count:
        more = os.read(0, count - len(data))
        if not more:
            os._exit(0)
        data += more
    return data


def feed():
    while True:
        kind, length = struct.unpack(">BI", read_exactly(5))
        payload = read_exactly(length)
        if kind == 1:
            columns, rows = struct.unpack(">HH", payload)
            fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        while kind == 0 and payload:
            payload = payload[os.write(terminal, payload):]


threading.Thread(target=feed, daemon=True).start()
while True:
    try:
        data = os.read(terminal, 1024)
    except OSError:
        break
    if not data:
        break
    os.write(1, data)
os._exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 255)
