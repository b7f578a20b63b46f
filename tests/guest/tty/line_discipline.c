// What a terminal makes of typed and written bytes, under many settings.
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "check.h"

static int master, slave;
static struct termios standard;

static void show(const char *label, const char *bytes, size_t count) {
  printf("%s \"", label);
  for (size_t i = 0; i < count; i++) {
    unsigned char c = (unsigned char)bytes[i];
    if (c >= 32 && c < 127 && c != '\\' && c != '"')
      putchar(c);
    else
      printf("\\x%02x", c);
  }
  printf("\"\n");
}

static void open_pair(void) {
  master = posix_openpt(O_RDWR | O_NOCTTY);
  CHECK(master >= 0 && grantpt(master) == 0);
  int slave_number = -1;
  CHECK(ioctl(master, TIOCGPTN, &slave_number) == 0);
  CHECK_FAILS(open(ptsname(master), O_RDWR | O_NOCTTY), EIO);
  CHECK(unlockpt(master) == 0);
  slave = open(ptsname(master), O_RDWR | O_NOCTTY);
  CHECK(slave >= 0 && isatty(slave) && isatty(master));
  CHECK(strcmp(ttyname(slave), ptsname(master)) == 0);
  CHECK(tcgetattr(slave, &standard) == 0);
}

// Everything up to the mark, which is written behind it.
static void show_screen(void) {
  char bytes[4096];
  size_t used = 0;
  struct termios now, raw;
  CHECK(tcgetattr(slave, &now) == 0);
  raw = now;
  raw.c_oflag &= ~(tcflag_t)OPOST;
  CHECK(tcsetattr(slave, TCSANOW, &raw) == 0);
  CHECK(write(slave, "\001", 1) == 1);
  CHECK(tcsetattr(slave, TCSANOW, &now) == 0);
  while (used == 0 || bytes[used - 1] != 1) {
    ssize_t count = read(master, bytes + used, sizeof(bytes) - used);
    CHECK(count > 0);
    used += (size_t)count;
  }
  show("  screen", bytes, used - 1);
}

static void type(const char *bytes) { CHECK(write(master, bytes, strlen(bytes)) == (ssize_t)strlen(bytes)); }

static void read_line(size_t most) {
  char bytes[4096];
  ssize_t count = read(slave, bytes, most < sizeof(bytes) ? most : sizeof(bytes));
  CHECK(count >= 0);
  show("  read", bytes, (size_t)count);
}

static void lines(const char *name, const char *typed, int reads) {
  printf("%s\n", name);
  type(typed);
  for (int i = 0; i < reads; i++) read_line(4096);
  show_screen();
}

static void set(tcflag_t iflag_on, tcflag_t iflag_off, tcflag_t oflag_on, tcflag_t oflag_off, tcflag_t lflag_on,
                tcflag_t lflag_off) {
  struct termios t = standard;
  t.c_iflag = (t.c_iflag | iflag_on) & ~iflag_off;
  t.c_oflag = (t.c_oflag | oflag_on) & ~oflag_off;
  t.c_lflag = (t.c_lflag | lflag_on) & ~lflag_off;
  CHECK(tcsetattr(slave, TCSANOW, &t) == 0);
}

static void settings(void) {
  printf("flags %x %x %x %x\n", standard.c_iflag, standard.c_oflag, standard.c_cflag, standard.c_lflag);
  for (int i = 0; i < 17; i++) printf("%02x ", standard.c_cc[i]);
  printf("\n");
  struct winsize size;
  CHECK(ioctl(slave, TIOCGWINSZ, &size) == 0);
  printf("window %d %d\n", size.ws_row, size.ws_col);
  size.ws_row = 24;
  size.ws_col = 80;
  CHECK(ioctl(master, TIOCSWINSZ, &size) == 0);
  size.ws_row = 0;
  CHECK(ioctl(slave, TIOCGWINSZ, &size) == 0);
  printf("window %d %d\n", size.ws_row, size.ws_col);
}

static void editing(void) {
  set(0, 0, 0, 0, 0, 0);
  lines("plain", "hello\n", 1);
  lines("carriage return", "hello\r", 1);
  lines("erase", "abc\177\177x\n", 1);
  lines("erase all and more", "ab\177\177\177\177x\n", 1);
  lines("kill", "some words\025other\n", 1);
  lines("word erase", "some words here\027\027x\n", 1);
  lines("word erase of marks", "a.b, c!?\027x\n", 1);
  lines("control characters", "a\002b\033[A\177\177x\n", 1);
  lines("tab erase", "ab\tc\td\177\177\177x\n", 1);
  lines("literal next", "a\026\003b\026\177c\n", 1);
  lines("reprint", "abc\022d\n", 1);
  lines("two lines", "one\ntwo\n", 2);
  lines("end of file", "part\004", 1);
  lines("end of file alone", "\004", 1);
  lines("high bytes", "\303\244\177x\n", 1);
  lines("flow control", "a\023b\021c\n", 1);
  type("a long line\n");
  read_line(4);
  read_line(4);
  read_line(100);
  show_screen();
}

static void input_flags(void) {
  set(IUTF8, 0, 0, 0, 0, 0);
  lines("utf8 erase", "a\303\244\342\202\254\177\177x\n", 1);
  set(INLCR, ICRNL, 0, 0, 0, 0);
  lines("inlcr", "a\nb\r\004", 1);
  set(IGNCR, 0, 0, 0, 0, 0);
  lines("igncr", "a\rb\n", 1);
  set(ISTRIP, 0, 0, 0, 0, 0);
  lines("istrip", "\341\n", 1);
  set(IUCLC, 0, 0, 0, 0, 0);
  lines("iuclc", "ABc\n", 1);
  set(0, IXON, 0, 0, 0, 0);
  lines("no ixon", "a\023b\021\n", 1);
  set(PARMRK, 0, 0, 0, 0, 0);
  lines("parmrk", "a\377b\n", 1);
}

static void local_flags(void) {
  set(0, 0, 0, 0, 0, ECHO);
  lines("no echo", "abc\177\n", 1);
  set(0, 0, 0, 0, ECHONL, ECHO);
  lines("echonl", "abc\n", 1);
  set(0, 0, 0, 0, 0, ECHOE);
  lines("no echoe", "abc\177\177x\n", 1);
  set(0, 0, 0, 0, 0, ECHOKE);
  lines("no echoke", "abc\025x\n", 1);
  set(0, 0, 0, 0, 0, ECHOK | ECHOKE);
  lines("no echok", "abc\025x\n", 1);
  set(0, 0, 0, 0, 0, ECHOCTL);
  lines("no echoctl", "a\001\002\177b\n", 1);
  set(0, 0, 0, 0, ECHOPRT, 0);
  lines("echoprt", "abcd\177\177xy\n", 1);
  set(0, 0, 0, 0, 0, IEXTEN);
  lines("no iexten", "a b\027\026\n", 1);
  set(0, 0, 0, 0, 0, ISIG);
  lines("no isig", "a\003\032\034\n", 1);
  set(0, 0, 0, 0, NOFLSH, 0);
  lines("noflsh", "ab\003c\n", 1);
  set(0, 0, 0, 0, 0, 0);
  lines("flush by signal", "ab\003c\n", 1);
  struct termios t = standard;
  t.c_cc[VEOL] = ';';
  t.c_cc[VEOL2] = '!';
  CHECK(tcsetattr(slave, TCSANOW, &t) == 0);
  lines("more line ends", "a;b!c\n", 3);
  t.c_cc[VERASE] = '#';
  t.c_cc[VINTR] = 0;
  CHECK(tcsetattr(slave, TCSANOW, &t) == 0);
  lines("other keys", "abc##\003\n", 1);
}

static void output(const char *name, const char *bytes) {
  printf("%s\n", name);
  CHECK(write(slave, bytes, strlen(bytes)) == (ssize_t)strlen(bytes));
  show_screen();
}

static void output_flags(void) {
  set(0, 0, 0, 0, 0, 0);
  output("onlcr", "a\nb\tc\r\n");
  set(0, 0, 0, ONLCR, 0, 0);
  output("no onlcr", "a\nb\n");
  set(0, 0, 0, OPOST, 0, 0);
  output("no opost", "a\nb\tc\r\n");
  set(0, 0, XTABS, 0, 0, 0);
  output("xtabs", "\ra\tbc\t12345678\td\n\te\b\t|\n");
  set(0, 0, OCRNL, 0, 0, 0);
  output("ocrnl", "a\rb\n");
  set(0, 0, ONOCR, 0, 0, 0);
  output("onocr", "\r\ra\r\rb\n");
  set(0, 0, OLCUC, 0, 0, 0);
  output("olcuc", "abC\n");
  set(0, 0, ONLRET, 0, 0, 0);
  output("onlret", "a\nb\n");
}

static void raw(void) {
  printf("raw\n");
  struct termios t = standard;
  cfmakeraw(&t);
  CHECK(tcsetattr(slave, TCSANOW, &t) == 0);
  type("a\r\003b");
  read_line(2);
  read_line(10);
  t.c_cc[VMIN] = 4;
  CHECK(tcsetattr(slave, TCSANOW, &t) == 0);
  type("1234567");
  read_line(5);
  int left = 0;
  CHECK(ioctl(slave, FIONREAD, &left) == 0);
  struct pollfd waits = {.fd = slave, .events = POLLIN};
  printf("  left %d, ready %d\n", left, poll(&waits, 1, 0));
  t.c_cc[VMIN] = 0;
  CHECK(tcsetattr(slave, TCSANOW, &t) == 0);
  read_line(10);
  read_line(10);
  t.c_cc[VTIME] = 1;
  CHECK(tcsetattr(slave, TCSANOW, &t) == 0);
  read_line(10);
  t.c_cc[VMIN] = 3;
  CHECK(tcsetattr(slave, TCSANOW, &t) == 0);
  type("x");
  read_line(10);
  CHECK(fcntl(slave, F_SETFL, O_RDWR | O_NONBLOCK) == 0);
  char byte;
  CHECK_FAILS(read(slave, &byte, 1), EAGAIN);
  CHECK(fcntl(slave, F_SETFL, O_RDWR) == 0);
  show_screen();
}

static void switching(void) {
  printf("from raw to lines\n");
  struct termios t = standard;
  t.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
  CHECK(tcsetattr(slave, TCSANOW, &t) == 0);
  type("abc");
  struct pollfd waits = {.fd = slave, .events = POLLIN};
  CHECK(poll(&waits, 1, -1) == 1);
  t.c_lflag |= ICANON;
  CHECK(tcsetattr(slave, TCSANOW, &t) == 0);
  read_line(10);
  type("line\n");
  CHECK(poll(&waits, 1, -1) == 1);
  CHECK(tcsetattr(slave, TCSAFLUSH, &t) == 0);
  printf("  flushed %d\n", poll(&waits, 1, 0));
  show_screen();
}

static void packets(void) {
  printf("packet mode\n");
  set(0, 0, 0, 0, 0, ECHO);
  int on = 1;
  CHECK(ioctl(master, TIOCPKT, &on) == 0);
  CHECK(write(slave, "text", 4) == 4);
  char bytes[64];
  ssize_t count = read(master, bytes, sizeof(bytes));
  show("  packet", bytes, (size_t)count);
  CHECK(tcflush(slave, TCIFLUSH) == 0);
  count = read(master, bytes, sizeof(bytes));
  show("  packet", bytes, (size_t)count);
  on = 0;
  CHECK(ioctl(master, TIOCPKT, &on) == 0);
}

static void ends(void) {
  printf("ends\n");
  char byte;
  CHECK(write(slave, "last", 4) == 4);
  CHECK(close(slave) == 0);
  char bytes[64];
  ssize_t count = read(master, bytes, sizeof(bytes));
  show("  rest", bytes, (size_t)count);
  CHECK_FAILS(read(master, &byte, 1), EIO);
  struct pollfd waits = {.fd = master, .events = POLLIN};
  CHECK(poll(&waits, 1, -1) == 1);
  printf("  hung up %d\n", (waits.revents & POLLHUP) != 0);
  slave = open(ptsname(master), O_RDWR | O_NOCTTY);
  CHECK(slave >= 0);
  CHECK(close(master) == 0);
  CHECK(read(slave, &byte, 1) == 0);
  CHECK_FAILS(write(slave, "x", 1), EIO);
  waits.fd = slave;
  CHECK(poll(&waits, 1, -1) == 1);
  printf("  hung up %d\n", (waits.revents & POLLHUP) != 0);
  struct termios t;
  CHECK_FAILS(tcgetattr(slave, &t), EIO);
  CHECK(close(slave) == 0);
}

int main(void) {
  open_pair();
  settings();
  editing();
  input_flags();
  local_flags();
  output_flags();
  raw();
  switching();
  packets();
  ends();
  return 0;
}
