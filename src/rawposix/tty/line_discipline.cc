#include "rawposix/tty/line_discipline.h"

#include <termios.h>

#include <algorithm>
#include <utility>

#include "uapi/signal.h"

namespace lind::rawposix {
namespace {

constexpr std::size_t kMaxEcho = 4096;
/// Output that a reader of the other end has as good as got; a flush leaves it.
constexpr std::size_t kDelivered = 4095;
constexpr std::uint32_t kExtProc = 0200000;  // asm-generic/termbits.h, v6.1: EXTPROC

bool is_control(std::uint8_t c) noexcept {
  return c < 0x20 || c == 0x7f;
}

// The kernel's isalnum is that of Latin 1.
bool is_word(std::uint8_t c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         (c >= 0xc0 && c != 0xd7 && c != 0xf7);
}

std::uint8_t lower(std::uint8_t c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<std::uint8_t>(c + ('a' - 'A')) : c;
}
std::uint8_t upper(std::uint8_t c) noexcept {
  return c >= 'a' && c <= 'z' ? static_cast<std::uint8_t>(c - ('a' - 'A')) : c;
}

}  // namespace

uapi::Termios standard_termios() noexcept {
  uapi::Termios termios;
  termios.iflag = ICRNL | IXON;
  termios.oflag = OPOST | ONLCR;
  termios.cflag = B38400 | CS8 | CREAD;
  termios.lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN;
  termios.cc[VINTR] = 'C' - '@';
  termios.cc[VQUIT] = '\\' - '@';
  termios.cc[VERASE] = 0x7f;
  termios.cc[VKILL] = 'U' - '@';
  termios.cc[VEOF] = 'D' - '@';
  termios.cc[VMIN] = 1;
  termios.cc[VSTART] = 'Q' - '@';
  termios.cc[VSTOP] = 'S' - '@';
  termios.cc[VSUSP] = 'Z' - '@';
  termios.cc[VREPRINT] = 'R' - '@';
  termios.cc[VDISCARD] = 'O' - '@';
  termios.cc[VWERASE] = 'W' - '@';
  termios.cc[VLNEXT] = 'V' - '@';
  return termios;
}

bool LineDiscipline::canonical() const noexcept {
  return has_local(ICANON) && !has_local(kExtProc);
}

void LineDiscipline::set_termios(const uapi::Termios& termios) {
  const bool changes = ((termios_.lflag ^ termios.lflag) & (ICANON | kExtProc)) != 0;
  const bool stops_flow_control = (termios_.iflag & IXON) != 0 && (termios.iflag & IXON) == 0;
  termios_ = termios;
  if (changes) {
    for (std::uint16_t& c : input_)
      c &= 0xff;
    num_in_lines_ = 0;
    if (canonical() && !input_.empty()) {
      input_.back() |= kLineEnd;
      num_in_lines_ = input_.size();
    }
    erasing_ = false;
    literal_next_ = false;
  }
  if (stops_flow_control) start();
}

// --- input --------------------------------------------------------------------------------------

std::size_t LineDiscipline::receive(std::span<const std::byte> typed) {
  std::size_t count = 0;
  receiving_ = true;
  for (const std::byte byte : typed) {
    if (input_.size() >= kInputBytes) {
      // A line that is too long loses its last byte to the next one, so that it can be ended.
      if (!canonical() || num_in_lines_ > 0) break;
      if (input_.size() > kInputBytes) input_.pop_back();
    }
    receive_byte(std::to_integer<std::uint8_t>(byte));
    ++count;
  }
  receiving_ = false;
  show_echo();
  return count;
}

void LineDiscipline::receive_byte(std::uint8_t c) {
  if (has_input(ISTRIP)) c &= 0x7f;
  if (has_input(IUCLC) && has_local(IEXTEN)) c = lower(c);
  if (has_local(kExtProc)) return put(c);
  const bool literal = literal_next_;
  literal_next_ = false;
  if (!literal) {
    if (receive_flow_or_signal(c)) return;
    if (stopped_ && has_input(IXON) && has_input(IXANY)) start();
    if (c == '\r') {
      if (has_input(IGNCR)) return;
      if (has_input(ICRNL)) c = '\n';
    } else if (c == '\n' && has_input(INLCR)) {
      c = '\r';
    }
    if (canonical() && (receive_editing(c) || receive_line_end(c))) return;
  }
  if (has_local(ECHO)) {
    finish_erasing();
    if (c == '\n' && !literal) {
      echo_raw('\n');
    } else {
      if (input_.size() == num_in_lines_) line_column_ = column_;
      echo(c);
    }
  }
  if (c == 0xff && has_input(PARMRK)) put(c);
  put(c);
}

bool LineDiscipline::receive_flow_or_signal(std::uint8_t c) {
  if (has_input(IXON)) {
    if (is_key(c, VSTART)) {
      start();
      return true;
    }
    if (is_key(c, VSTOP)) {
      stop();
      return true;
    }
  }
  if (!has_local(ISIG)) return false;
  if (is_key(c, VINTR)) {
    signal_key(uapi::kSIGINT, c);
  } else if (is_key(c, VQUIT)) {
    signal_key(uapi::kSIGQUIT, c);
  } else if (is_key(c, VSUSP)) {
    signal_key(uapi::kSIGTSTP, c);
  } else {
    return false;
  }
  return true;
}

void LineDiscipline::signal_key(std::int32_t signo, std::uint8_t c) {
  signals_.push_back(signo);
  if (!has_local(NOFLSH)) {
    flush_input();
    flush_output();
  }
  if (has_input(IXON)) start();
  if (has_local(ECHO)) echo(c);
}

bool LineDiscipline::receive_editing(std::uint8_t c) {
  const bool extended = has_local(IEXTEN);
  if (is_key(c, VERASE) || is_key(c, VKILL) || (is_key(c, VWERASE) && extended)) {
    erase(c);
    return true;
  }
  if (is_key(c, VLNEXT) && extended) {
    literal_next_ = true;
    if (has_local(ECHO)) {
      finish_erasing();
      if (has_local(ECHOCTL)) {
        echo_raw('^');
        echo_raw('\b');
      }
    }
    return true;
  }
  if (is_key(c, VREPRINT) && has_local(ECHO) && extended) {
    finish_erasing();
    echo(c);
    reprint();
    return true;
  }
  return false;
}

void LineDiscipline::reprint() {
  echo_raw('\n');
  for (std::size_t i = num_in_lines_; i < input_.size(); ++i)
    echo(static_cast<std::uint8_t>(input_[i]));
}

bool LineDiscipline::receive_line_end(std::uint8_t c) {
  if (c == '\n') {
    if (has_local(ECHO) || has_local(ECHONL)) echo_raw('\n');
    end_line(c);
    return true;
  }
  if (is_key(c, VEOF)) {
    end_line(0);
    return true;
  }
  if (is_key(c, VEOL) || (is_key(c, VEOL2) && has_local(IEXTEN))) {
    if (has_local(ECHO)) {
      if (input_.size() == num_in_lines_) line_column_ = column_;
      echo(c);
    }
    if (c == 0xff && has_input(PARMRK)) put(c);
    end_line(c);
    return true;
  }
  return false;
}

void LineDiscipline::put(std::uint8_t c) {
  input_.push_back(c);
}

void LineDiscipline::end_line(std::uint8_t c) {
  input_.push_back(static_cast<std::uint16_t>(c | kLineEnd));
  num_in_lines_ = input_.size();
}

bool LineDiscipline::readable(std::size_t at_least) const noexcept {
  return canonical() ? num_in_lines_ > 0 : input_.size() >= std::max<std::size_t>(at_least, 1);
}

std::size_t LineDiscipline::read(std::span<std::byte> into) {
  const bool lines = canonical();
  std::size_t count = 0;
  const auto take = [&] {
    const std::uint16_t c = input_.front();
    input_.pop_front();
    if (num_in_lines_ > 0) --num_in_lines_;
    return c;
  };
  while (count < into.size() && !input_.empty()) {
    if (lines && num_in_lines_ == 0) break;
    const std::uint16_t c = take();
    const bool ends = lines && (c & kLineEnd) != 0;
    if (ends && c == kLineEnd) return count;  // the end of file key leaves no byte
    into[count++] = static_cast<std::byte>(c & 0xff);
    if (ends) return count;
  }
  // A buffer that is just full swallows the end of file behind it.
  if (lines && count > 0 && num_in_lines_ > 0 && input_.front() == kLineEnd) (void)take();
  return count;
}

std::size_t LineDiscipline::num_readable() const noexcept {
  if (!canonical()) return input_.size();
  const auto end = input_.begin() + static_cast<std::ptrdiff_t>(num_in_lines_);
  return num_in_lines_ - static_cast<std::size_t>(std::count(input_.begin(), end, kLineEnd));
}

void LineDiscipline::flush_input() {
  input_.clear();
  num_in_lines_ = 0;
  erasing_ = false;
  literal_next_ = false;
}

std::vector<std::int32_t> LineDiscipline::take_signals() {
  return std::exchange(signals_, {});
}

// --- erasing ------------------------------------------------------------------------------------

bool LineDiscipline::is_continuation(std::uint8_t c) const noexcept {
  return has_input(IUTF8) && (c & 0xc0) == 0x80;
}

void LineDiscipline::finish_erasing() {
  if (!erasing_) return;
  echo_raw('/');
  erasing_ = false;
}

// Source: eraser.
void LineDiscipline::erase(std::uint8_t key) {
  if (input_.size() == num_in_lines_) return;
  const bool is_single = is_key(key, VERASE);
  const bool is_word_key = !is_single && is_key(key, VWERASE);
  if (!is_single && !is_word_key &&
      (!has_local(ECHO) || !has_local(ECHOK) || !has_local(ECHOKE) || !has_local(ECHOE))) {
    input_.resize(num_in_lines_);
    if (!has_local(ECHO)) return;
    finish_erasing();
    echo(termios_.cc[VKILL]);
    if (has_local(ECHOK)) echo_raw('\n');
    return;
  }
  bool seen_word = false;
  while (input_.size() > num_in_lines_) {
    std::size_t num_bytes = 0;
    std::uint8_t c = 0;
    do {
      ++num_bytes;
      c = static_cast<std::uint8_t>(input_[input_.size() - num_bytes]);
    } while (is_continuation(c) && input_.size() - num_bytes > num_in_lines_);
    if (is_continuation(c)) break;
    if (is_word_key) {
      if (is_word(c)) {
        seen_word = true;
      } else if (seen_word) {
        break;
      }
    }
    erase_one(num_bytes, c, is_single);
    if (is_single) break;
  }
  if (input_.size() == num_in_lines_ && has_local(ECHO)) finish_erasing();
}

void LineDiscipline::erase_one(std::size_t num_bytes, std::uint8_t c, bool is_single_erase) {
  const std::vector<std::uint16_t> gone(input_.end() - static_cast<std::ptrdiff_t>(num_bytes),
                                        input_.end());
  input_.resize(input_.size() - num_bytes);
  if (!has_local(ECHO)) return;
  if (has_local(ECHOPRT)) {
    if (!erasing_) echo_raw('\\');
    erasing_ = true;
    echo(c);
    for (std::size_t i = 1; i < gone.size(); ++i)
      echo_raw(static_cast<std::uint8_t>(gone[i]));
  } else if (is_single_erase && !has_local(ECHOE)) {
    echo(termios_.cc[VERASE]);
  } else if (c == '\t') {
    erase_tab();
  } else {
    const int columns = !is_control(c) ? 1 : has_local(ECHOCTL) ? 2 : 0;
    for (int i = 0; i < columns; ++i) {
      echo_raw('\b');
      echo_raw(' ');
      echo_raw('\b');
    }
  }
}

// How far the cursor goes back depends on where the tab began: behind the last tab, or the line.
void LineDiscipline::erase_tab() {
  unsigned columns = line_column_;
  for (std::size_t i = input_.size(); i > num_in_lines_; --i) {
    const auto c = static_cast<std::uint8_t>(input_[i - 1]);
    if (c == '\t') {
      columns -= line_column_;
      break;
    }
    if (is_control(c)) {
      if (has_local(ECHOCTL)) columns += 2;
    } else if (!is_continuation(c)) {
      ++columns;
    }
  }
  for (unsigned back = 8 - (columns & 7); back > 0; --back) {
    show('\b');
    if (column_ > 0) --column_;
  }
}

// --- echo and output ----------------------------------------------------------------------------

// An echo waits for the end of what is received together, and is lost to a signal key in it.
void LineDiscipline::show(char c) {
  if (!receiving_) {
    output_.push_back(c);
  } else if (echo_.size() < kMaxEcho) {
    echo_.push_back(c);
  }
}

void LineDiscipline::show_echo() {
  // More than the room: nobody reads the screen.
  if (stopped_ || output_.size() >= kOutputBytes + kMaxEcho) return;
  output_ += std::exchange(echo_, {});
}

void LineDiscipline::echo_raw(std::uint8_t c) {
  emit(c);
}

void LineDiscipline::echo(std::uint8_t c) {
  if (has_local(ECHOCTL) && is_control(c) && c != '\t') {
    show('^');
    show(static_cast<char>(c ^ 0100));
    column_ += 2;
    return;
  }
  emit(c);
}

// Source: do_output_char.
void LineDiscipline::emit(std::uint8_t c) {
  if (!has_output(OPOST)) return show(static_cast<char>(c));
  switch (c) {
    case '\n':
      if (has_output(ONLRET)) column_ = 0;
      if (has_output(ONLCR)) {
        line_column_ = column_ = 0;
        show('\r');
        return show('\n');
      }
      line_column_ = column_;
      break;
    case '\r':
      if (has_output(ONOCR) && column_ == 0) return;
      if (has_output(OCRNL)) {
        if (has_output(ONLRET)) line_column_ = column_ = 0;
        return show('\n');
      }
      line_column_ = column_ = 0;
      break;
    case '\t': {
      const unsigned spaces = 8 - (column_ & 7);
      column_ += spaces;
      if ((termios_.oflag & TABDLY) != XTABS) break;
      for (unsigned i = 0; i < spaces; ++i)
        show(' ');
      return;
    }
    case '\b':
      if (column_ > 0) --column_;
      break;
    default:
      if (is_control(c)) break;
      if (has_output(OLCUC)) c = upper(c);
      if (!is_continuation(c)) ++column_;
      break;
  }
  show(static_cast<char>(c));
}

std::size_t LineDiscipline::write(std::span<const std::byte> bytes) {
  std::size_t count = 0;
  for (; count < bytes.size() && has_output_room(); ++count)
    emit(std::to_integer<std::uint8_t>(bytes[count]));
  return count;
}

std::string LineDiscipline::take_output(std::size_t max_bytes) {
  std::string taken = output_.substr(0, max_bytes);
  output_.erase(0, taken.size());
  return taken;
}

void LineDiscipline::flush_output() {
  output_.resize(std::min(output_.size(), kDelivered));
  echo_.clear();
}

void LineDiscipline::stop() {
  stopped_ = true;
}

void LineDiscipline::start() {
  stopped_ = false;
  if (!receiving_) show_echo();
}

}  // namespace lind::rawposix
