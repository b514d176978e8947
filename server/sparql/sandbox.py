"""Closing of the network to this process, by the kernel's filter of system calls (seccomp)."""

import ctypes
import errno
import platform
import struct
import sys

# The kernel's names of processors (linux/audit.h), and the number of socket(2) on each.
_PROCESSORS = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
_IO_URING_SETUP = 425  # which could open sockets too
_OTHER_NUMBERS = 0x40000000  # those of x32 begin here
# Instructions (linux/bpf_common.h) and verdicts (linux/seccomp.h).
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000 | errno.EACCES, 0x80000000
_NUMBER, _PROCESSOR = 0, 4  # where struct seccomp_data has them
_SET_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2  # of prctl(2)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def is_possible() -> bool:
    """Tell whether `no_sockets` works on this system."""
    return sys.platform == "linux" and platform.machine() in _PROCESSORS


def no_sockets() -> None:
    """Have the kernel refuse every new socket to this process, for good; files stay open to it.

    Raises OSError where the kernel has no filters.
    """
    processor, socket = _PROCESSORS[platform.machine()]
    program = [  # each with how many instructions to skip if it holds, and if not
        (_LOAD, 0, 0, _PROCESSOR),
        (_EQUAL, 1, 0, processor),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 3, 0, _OTHER_NUMBERS),
        (_EQUAL, 2, 0, socket),
        (_EQUAL, 1, 0, _IO_URING_SETUP),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
    code = b"".join(struct.pack("=HBBI", *instruction) for instruction in program)
    control = ctypes.CDLL(None, use_errno=True).prctl
    wanted = ctypes.byref(_Program(len(program), code))
    if control(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0) or control(_SET_SECCOMP, _FILTER, wanted, 0, 0):
        raise OSError(ctypes.get_errno(), "the kernel does not filter system calls")
