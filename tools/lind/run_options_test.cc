#include "run_options.h"

#include <cstdlib>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lind::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

RunOptions parsed(const std::vector<std::string>& arguments) {
  ErrorOr<std::variant<RunOptions, HelpText>> result = parse_run_options("lind run", arguments);
  if (!result.ok()) {
    ADD_FAILURE() << result.error().message();
    return {};
  }
  return std::get<RunOptions>(result.value());
}

std::string refusal(const std::vector<std::string>& arguments) {
  const ErrorOr<std::variant<RunOptions, HelpText>> result =
      parse_run_options("lind run", arguments);
  return result.ok() ? "accepted" : result.error().message();
}

TEST(RunOptions, EndAtTheProgram) {
  const RunOptions options =
      parsed({"--verbose", "prog", "--debug", "--env", "A=1", "--", "-h", "--help"});
  EXPECT_EQ(options.program, "prog");
  EXPECT_THAT(options.args, ElementsAre("--debug", "--env", "A=1", "--", "-h", "--help"));
  EXPECT_TRUE(options.verbose);
  EXPECT_FALSE(options.debug);
}

TEST(RunOptions, EndAtTwoDashes) {
  const RunOptions options = parsed({"--debug", "--", "--prog", "--", "x"});
  EXPECT_EQ(options.program, "--prog");
  EXPECT_THAT(options.args, ElementsAre("--", "x"));
}

TEST(RunOptions, TheEnvironmentIsPathAndWhatIsGiven) {
  ASSERT_EQ(::setenv("LIND_TEST_HERE", "a=b", 1), 0);
  ASSERT_EQ(::unsetenv("LIND_TEST_NOT_HERE"), 0);
  EXPECT_THAT(parsed({"p"}).env, ElementsAre(Pair("PATH", "/bin:/usr/bin")));
  EXPECT_THAT(parsed({"--env", "LIND_TEST_HERE", "--env", "LIND_TEST_NOT_HERE", "--env",
                      "E=", "--env=X=1,2", "--env", "X=3 4", "--env", "PATH=/x", "p"})
                  .env,
              ElementsAre(Pair("E", ""), Pair("LIND_TEST_HERE", "a=b"), Pair("PATH", "/x"),
                          Pair("X", "3 4")));
}

TEST(RunOptions, FilesAndDirectoriesInMemory) {
  const RunOptions options =
      parsed({"--file", "/h/f:/etc/f:ro", "--tmpfs", "/tmp", "--tmpfs", "/run", "p"});
  ASSERT_EQ(options.files.size(), 1U);
  EXPECT_EQ(options.files[0].guest, "/etc/f");
  EXPECT_TRUE(options.files[0].read_only);
  EXPECT_THAT(options.tmpfs, ElementsAre("/tmp", "/run"));
  EXPECT_THAT(refusal({"--file", "nothing", "p"}), HasSubstr("--file nothing"));
}

TEST(RunOptions, GrantsHaveThreeForms) {
  const RunOptions options =
      parsed({"--dir", "/h:/g", "--dir", "rel/x::/g2/", "--dir", "/h:/g3:ro", "--root", "/r", "p"});
  ASSERT_EQ(options.grants.size(), 4U);
  EXPECT_TRUE(options.has_root());
  EXPECT_EQ(options.grants[0].host, "/r");
  EXPECT_EQ(options.grants[1].guest, "/g");
  EXPECT_FALSE(options.grants[1].read_only);
  EXPECT_EQ(options.grants[2].host, "rel/x");
  EXPECT_EQ(options.grants[2].guest, "/g2");
  EXPECT_EQ(options.grants[3].guest, "/g3");
  EXPECT_TRUE(options.grants[3].read_only);
  EXPECT_FALSE(parsed({"--dir", "/h:/g", "p"}).has_root());
  EXPECT_TRUE(parsed({"--dir", "/h:/", "p"}).has_root());
  EXPECT_TRUE(parsed({"--dir", "/h:/:ro", "p"}).grants[0].read_only);
}

TEST(RunOptions, RefusalsNameWhatIsWrong) {
  EXPECT_THAT(refusal({}), HasSubstr("no program"));
  EXPECT_THAT(refusal({"--"}), HasSubstr("no program"));
  EXPECT_THAT(refusal({""}), HasSubstr("no program"));
  EXPECT_THAT(refusal({"--bogus", "p"}), HasSubstr("unknown option --bogus"));
  EXPECT_THAT(refusal({"-x\n", "p"}), HasSubstr("unknown option -x\n;"));
  EXPECT_THAT(refusal({"--env", "=1", "p"}), HasSubstr("--env =1: no name"));
  EXPECT_THAT(refusal({"--cwd", "x", "p"}), HasSubstr("--cwd x: expected an absolute path"));
  EXPECT_THAT(refusal({"--root"}), HasSubstr("--root"));
  EXPECT_THAT(refusal({"--root", "", "p"}), HasSubstr("--root"));
  EXPECT_THAT(refusal({"--root", "/a", "--dir", "/b:/", "p"}), HasSubstr("root is given twice"));
  for (const char* dir : {"", "/a", "/a:", ":/a", "/a:b", "::", "/a::b", "/a:ro"}) {
    EXPECT_THAT(refusal({"--dir", dir, "p"}), HasSubstr("--dir")) << dir;
  }
}

TEST(RunOptions, HelpIsNoError) {
  const ErrorOr<std::variant<RunOptions, HelpText>> result =
      parse_run_options("lind-boot", {"--help"});
  ASSERT_TRUE(result.ok());
  EXPECT_THAT(std::get<HelpText>(result.value()).text,
              HasSubstr("Usage: lind-boot [OPTIONS] PROGRAM"));
}

}  // namespace
}  // namespace lind::cli
