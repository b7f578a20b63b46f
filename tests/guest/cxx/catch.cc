// Who catches what, in which order destructors run, and what is caught again.
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

struct Noisy {
  explicit Noisy(const char* text) : name(text) { std::printf("+%s\n", name.c_str()); }
  ~Noisy() { std::printf("-%s\n", name.c_str()); }
  std::string name;
};

struct Base {
  virtual ~Base() = default;
  virtual const char* who() const { return "base"; }
};
struct Left : virtual Base {
  const char* who() const override { return "left"; }
};
struct Right : virtual Base {};
struct Both : Left, Right {
  explicit Both(int number) : value(number) {}
  const char* who() const override { return "both"; }
  int value;
};

[[gnu::noinline]] void thrower(int what) {
  const Noisy inside("thrower");
  switch (what) {
    case 0:
      throw 42;
    case 1:
      throw 4.5;
    case 2:
      throw std::string("text");
    case 3:
      throw Both(3);
    case 4:
      throw std::out_of_range("range");
    case 5:
      throw static_cast<const char*>("pointer");
    case 6:
      throw static_cast<Both*>(nullptr);
    default:
      break;
  }
}

[[gnu::noinline]] void middle(int what) {
  const Noisy outer("middle");
  try {
    const Noisy inner("try");
    thrower(what);
  } catch (const std::string& text) {
    std::printf("middle has %s\n", text.c_str());
    throw;
  } catch (double number) {
    std::printf("middle has %g\n", number);
  }
  std::printf("middle goes on\n");
}

void catcher(int what) {
  try {
    middle(what);
  } catch (int number) {
    std::printf("int %d\n", number);
  } catch (const std::string& text) {
    std::printf("string %s\n", text.c_str());
  } catch (const Right& right) {
    std::printf("right: %s\n", right.who());
  } catch (const std::exception& error) {
    std::printf("exception: %s\n", error.what());
  } catch (const Base* pointer) {
    std::printf("null pointer to a base: %d\n", pointer == nullptr);
  } catch (...) {
    std::printf("something\n");
  }
}

struct Member {
  explicit Member(bool fails) : first("first"), second("second") {
    if (fails) throw std::runtime_error("constructor");
  }
  Noisy first;
  Noisy second;
};

struct Holder {
  explicit Holder(bool fails) try : member(fails) {
  } catch (const std::exception& error) {
    std::printf("function-try: %s\n", error.what());
  }
  Member member;
};

int nested(int depth) {
  const Noisy here(depth == 0 ? "bottom" : "level");
  try {
    if (depth == 0) throw 1;
    return nested(depth - 1);
  } catch (int number) {
    try {
      throw std::to_string(number);
    } catch (const std::string& text) {
      std::printf("nested %d has %s\n", depth, text.c_str());
      if (depth < 3) throw number * 2;
      return number;
    }
  }
}

long deep(int depth) {
  volatile long here = depth;
  if (depth == 0) throw std::length_error("deep");
  return deep(depth - 1) + here;
}

}  // namespace

int main() {
  for (int what = 0; what <= 7; ++what) {
    std::printf("case %d\n", what);
    catcher(what);
  }
  try {
    const Holder holder(true);
  } catch (const std::runtime_error& error) {
    std::printf("again: %s\n", error.what());
  }
  std::printf("%d\n", nested(4));
  try {
    std::printf("%ld\n", deep(20000));
  } catch (const std::logic_error& error) {
    std::printf("%s\n", error.what());
  }
  int sum = 0;
  for (int i = 0; i < 20000; ++i) {
    try {
      if (i % 3 != 0) throw i;
      ++sum;
    } catch (int number) {
      sum += number % 7;
    }
  }
  std::printf("sum %d\n", sum);
  try {
    std::vector<int>{1, 2, 3}.at(7) = 1;
  } catch (const std::out_of_range&) {
    std::printf("vector\n");
  }
  try {
    (void)dynamic_cast<Both&>(*static_cast<Base*>(new Left));
  } catch (const std::bad_cast&) {
    std::printf("bad cast\n");
  }
  std::printf("uncaught: %d\n", std::uncaught_exceptions());
  return 0;
}
