#include "broker.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lind::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

CompilerProgram fake_compiler() {
  return {.file = host::UniqueFd(::open(LIND_FAKE_COMPILER, O_RDONLY | O_CLOEXEC)),
          .path = LIND_FAKE_COMPILER,
          .identity = "fake"};
}

class BrokerTest : public testing::Test {
 protected:
  BrokerTest() : broker_(start()) {}

  static Broker start() {
    ErrorOr<Broker> broker = Broker::start(fake_compiler(), "");
    EXPECT_TRUE(broker.ok());
    return std::move(broker).value();
  }
  /// The object as text, or the error's message.
  std::string compile(std::string_view module) const {
    const object::Key key = object::sha256({});
    const ErrorOr<Buffer> object =
        broker_.compile(std::as_bytes(std::span(module)), {key, object::CpuLevel::kV3});
    if (!object.ok()) return object.error().message();
    std::string text;
    for (const std::byte byte : object.value().bytes())
      text += std::to_integer<char>(byte);
    return text;
  }

  Broker broker_;
};

TEST_F(BrokerTest, GivesWhatTheCompilerWrote) {
  EXPECT_EQ(compile("one"), "object of one");
  EXPECT_EQ(compile("two"), "object of two");
}

TEST_F(BrokerTest, PassesKeyAndCpu) {
  EXPECT_THAT(compile("arguments"),
              AllOf(HasSubstr("--key\n" + object::to_hex(object::sha256({})) + "\n"),
                    HasSubstr("--cpu\nx86-64-v3\n"), Not(HasSubstr("-O"))));
}

TEST(Compiler, AFirstStartIsCompiledFastAndHasItsOwnKey) {
  const object::Key key = object::sha256({});
  EXPECT_THAT(embed::compiler_arguments({key, object::CpuLevel::kV2, embed::Effort::kFirstStart}),
              testing::Contains("-O0"));
  EXPECT_NE(embed::first_start_key(key), key);
  EXPECT_NE(embed::first_start_key(key), embed::first_start_key(embed::first_start_key(key)));
}

TEST_F(BrokerTest, CompilersFindFiveDescriptorsAndNoEnvironment) {
  EXPECT_EQ(compile("surroundings"), "descriptors 5, no environment");
}

TEST_F(BrokerTest, TellsTheFirstLineOfTheCompiler) {
  EXPECT_EQ(compile("complain"), "bad \\x1b[1m module");
  EXPECT_EQ(compile("flood"), "a line that is not the first");
}

TEST_F(BrokerTest, TellsOfProgress) {
  std::vector<unsigned> seen;
  const ErrorOr<Buffer> object =
      broker_.compile(std::as_bytes(std::span(std::string_view("progress"))), {},
                      [&](unsigned percent) { seen.push_back(percent); });
  EXPECT_THAT(seen, testing::ElementsAre(7, 100));
  ASSERT_FALSE(object.ok());
  EXPECT_EQ(object.error().message(), "first");
}

TEST_F(BrokerTest, SurvivesCompilersThatDie) {
  EXPECT_EQ(compile("crash"), "the compiler was killed by signal 9");
  EXPECT_EQ(compile("silent"), "the compiler said nothing and ended with status 3");
  EXPECT_EQ(compile("one"), "object of one");
}

TEST_F(BrokerTest, AnswersEachOfManyThreads) {
  std::vector<std::thread> threads;
  std::vector<std::string> answers(16);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    threads.emplace_back([&, i] { answers[i] = compile("number " + std::to_string(i)); });
  }
  for (std::thread& thread : threads)
    thread.join();
  for (std::size_t i = 0; i < answers.size(); ++i) {
    EXPECT_EQ(answers[i], "object of number " + std::to_string(i));
  }
}

TEST(Broker, EndsWithItsCompilersWhenItsOwnerIsGone) {
  // The owner is a process of its own: it dies while a compiler hangs, and the pipe that all
  // three hold tells when the last of them has ended.
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const pid_t owner = ::fork();
  ASSERT_GE(owner, 0);
  if (owner == 0) {
    ErrorOr<Broker> broker = Broker::start(fake_compiler(), "");
    const itimerval soon{.it_interval = {}, .it_value = {.tv_sec = 0, .tv_usec = 100'000}};
    (void)::setitimer(ITIMER_REAL, &soon, nullptr);  // kills the owner
    constexpr std::string_view kModule = "hang";
    (void)broker.value().compile(std::as_bytes(std::span(kModule)), {});
    ::_exit(0);
  }
  (void)::close(ends[1]);
  int status = 0;
  ASSERT_EQ(::waitpid(owner, &status, 0), owner);
  EXPECT_EQ(WTERMSIG(status), SIGALRM);
  char byte = 0;
  EXPECT_EQ(::read(ends[0], &byte, 1), 0);
  (void)::close(ends[0]);
}

TEST(Broker, RemovesThePrivateDirectory) {
  std::string directory = testing::TempDir() + "lind-broker-test-XXXXXX";
  ASSERT_NE(::mkdtemp(directory.data()), nullptr);
  ASSERT_EQ(::mkdir((directory + "/inner").c_str(), 0700), 0);
  {
    const ErrorOr<Broker> broker = Broker::start(fake_compiler(), directory);
  }
  EXPECT_NE(::access(directory.c_str(), F_OK), 0);
}

TEST(Broker, SaysThatTheCompilerIsMissing) {
  ErrorOr<Broker> broker = Broker::start(
      {.file = host::UniqueFd(::open("/dev/null", O_RDONLY)), .path = "", .identity = ""}, "");
  ASSERT_TRUE(broker.ok());
  const ErrorOr<Buffer> object = broker.value().compile({}, {});
  ASSERT_FALSE(object.ok());
  EXPECT_EQ(object.error().message(), "the compiler said nothing and ended with status 127");
}

}  // namespace
}  // namespace lind::cli
