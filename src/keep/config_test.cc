#include "keep/config.h"

#include <algorithm>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lind::keep {
namespace {

using Kind = File::Kind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

Config parsed(std::string_view text, UnknownKeys unknown_keys = UnknownKeys::kRefuse) {
  ErrorOr<Config> config = parse_config(text, unknown_keys);
  if (config.ok()) return std::move(config).value();
  ADD_FAILURE() << config.error().message();
  return {};
}

std::string error_of(std::string_view text, UnknownKeys unknown_keys = UnknownKeys::kRefuse) {
  const ErrorOr<Config> config = parse_config(text, unknown_keys);
  return config.ok() ? "no error" : config.error().message();
}

File file(Kind kind, std::string name) {
  return {.kind = kind, .name = std::move(name), .protocol = {}, .host = {}, .port = 0};
}

File socket(Kind kind, std::string name, Protocol protocol, std::string host, std::uint16_t port) {
  return {.kind = kind,
          .name = std::move(name),
          .protocol = protocol,
          .host = std::move(host),
          .port = port};
}

std::string names_of(const Config& config) {
  const std::vector<std::string> env =
      environment_of(config, [](const std::string&) { return std::optional<std::string>(); });
  return env.at(1);
}

// The example of the format's own tests.
constexpr char kExample[] = R"(
        [[files]]
        kind = "stdin"

        [[files]]
        name = "X"
        kind = "listen"
        prot = "tcp"
        port = 9000

        [[files]]
        kind = "stdout"

        [[files]]
        kind = "null"

        [[files]]
        kind = "stderr"

        [[files]]
        kind = "connect"
        host = "example.com"
        prot = "tls"
    )";

TEST(Config, ReadsFilesInOrder) {
  EXPECT_THAT(
      parsed(kExample).files,
      ElementsAre(
          file(Kind::kStdin, "stdin"), socket(Kind::kListen, "X", Protocol::kTcp, "::", 9000),
          file(Kind::kStdout, "stdout"), file(Kind::kNull, "null"), file(Kind::kStderr, "stderr"),
          socket(Kind::kConnect, "example.com", Protocol::kTls, "example.com", 443)));
  EXPECT_EQ(names_of(parsed(kExample)), "FD_NAMES=stdin:X:stdout:null:stderr:example.com");
}

TEST(Config, HasDescriptorsOnlyIfThereIsNoFileOrItNamesThem) {
  EXPECT_TRUE(parsed("").files.empty());
  EXPECT_TRUE(parsed("files = []").files.empty());
  EXPECT_THAT(default_config().files,
              ElementsAre(file(Kind::kStdin, "stdin"), file(Kind::kStdout, "stdout"),
                          file(Kind::kStderr, "stderr")));
}

TEST(Config, NamesFilesByKindUnlessTheyHaveNames) {
  EXPECT_EQ(names_of(parsed("[[files]]\nkind = \"null\"\n[[files]]\nkind = \"stdin\"\n"
                            "[[files]]\nkind = \"stdout\"\n[[files]]\nkind = \"stderr\"\n")),
            "FD_NAMES=null:stdin:stdout:stderr");
  EXPECT_EQ(names_of(parsed("[[files]]\nkind = \"null\"\nname = \"a\"\n"
                            "[[files]]\nkind = \"stdin\"\nname = \"b\"\n"
                            "[[files]]\nkind = \"stdin\"\nname = \"\"\n")),
            "FD_NAMES=a:b:");
}

TEST(Config, GivesSocketsTheirDefaults) {
  const auto listen = [](std::string_view rest) {
    return parsed("[[files]]\nkind = \"listen\"\nname = \"l\"\n" + std::string(rest)).files.at(0);
  };
  EXPECT_EQ(listen("prot = \"tcp\""), socket(Kind::kListen, "l", Protocol::kTcp, "::", 80));
  EXPECT_EQ(listen("prot = \"tls\""), socket(Kind::kListen, "l", Protocol::kTls, "::", 443));
  EXPECT_EQ(listen("prot = \"tls\"\nport = 0\naddr = \"127.0.0.1\""),
            socket(Kind::kListen, "l", Protocol::kTls, "127.0.0.1", 0));
  const auto connect = [](std::string_view rest) {
    return parsed("[[files]]\nkind = \"connect\"\n" + std::string(rest)).files.at(0);
  };
  EXPECT_EQ(connect("prot = \"tcp\"\nhost = \"h\""),
            socket(Kind::kConnect, "h", Protocol::kTcp, "h", 80));
  EXPECT_EQ(connect("prot = \"tls\"\nhost = \"h\"\nname = \"n\"\nport = 65535"),
            socket(Kind::kConnect, "n", Protocol::kTls, "h", 65535));
}

TEST(Config, SaysWhatIsMissing) {
  EXPECT_EQ(error_of("[[files]]\nname = \"x\"\n"),
            "missing field `kind` for key `files` at line 1 column 1");
  EXPECT_EQ(error_of("\n[[files]]\nkind = \"listen\"\nname = \"x\"\n"),
            "missing field `prot` for key `files` at line 2 column 1");
  EXPECT_EQ(error_of("[[files]]\nkind = \"listen\"\nprot = \"tls\"\n"),
            "missing field `name` for key `files` at line 1 column 1");
  EXPECT_EQ(error_of("[[files]]\nkind = \"connect\"\nprot = \"tls\"\n"),
            "missing field `host` for key `files` at line 1 column 1");
  EXPECT_EQ(error_of("[[files]]\nkind = \"connect\"\nhost = \"h\"\n"),
            "missing field `prot` for key `files` at line 1 column 1");
}

TEST(Config, RefusesColonsInNames) {
  EXPECT_EQ(error_of("\n        [[files]]\n        name = \"test:\"\n        kind = \"null\"\n"),
            "file name must not contain ':' for key `files` at line 2 column 9");
  EXPECT_THAT(error_of("[[files]]\nkind = \"connect\"\nprot = \"tcp\"\nhost = \"::1\"\n"),
              HasSubstr("the file needs a name"));
  EXPECT_EQ(error_of("[[files]]\nkind = \"connect\"\nprot = \"tcp\"\nhost = \"::1\"\nname = \"x\""),
            "no error");
}

TEST(Config, RefusesOtherKindsAndProtocols) {
  EXPECT_EQ(
      error_of("[[files]]\nkind = \"file\"\n"),
      "unknown variant `file`, expected one of `null`, `stdin`, `stdout`, `stderr`, `listen`, "
      "`connect` for key `files` at line 2 column 8");
  EXPECT_EQ(error_of("[[files]]\nkind = \"listen\"\nname = \"x\"\nprot = \"udp\"\n"),
            "unknown variant `udp`, expected `tls` or `tcp` for key `files` at line 4 column 8");
}

TEST(Config, RefusesPortsThatAreNone) {
  for (const char* port : {"65536", "-1", "9223372036854775807", "-9223372036854775808"}) {
    EXPECT_THAT(error_of("[[files]]\nkind = \"listen\"\nname = \"x\"\nprot = \"tcp\"\nport = " +
                         std::string(port)),
                HasSubstr("expected 0 to 65535 for key `files` at line 5 column 8"))
        << port;
  }
}

TEST(Config, RefusesOtherTypes) {
  EXPECT_EQ(error_of("args = \"a\""),
            "invalid type: a string, expected an array for key `args` at line 1 column 8");
  EXPECT_EQ(error_of("args = [\"a\",\n  5]"),
            "invalid type: an integer, expected a string for key `args` at line 2 column 3");
  EXPECT_THAT(error_of("[env]\nA = true"), HasSubstr("invalid type: a boolean"));
  EXPECT_THAT(error_of("env = 1.5"), HasSubstr("invalid type: a float"));
  EXPECT_THAT(error_of("files = 1979-05-27"), HasSubstr("invalid type: a date or time"));
  EXPECT_THAT(error_of("steward = []"), HasSubstr("invalid type: an array"));
  EXPECT_THAT(error_of("[files]\n"), HasSubstr("invalid type: a table"));
  EXPECT_THAT(error_of("[[files]]\nkind = 1"), HasSubstr("expected a string"));
  EXPECT_THAT(error_of("files = [1]"), HasSubstr("expected a table"));
  EXPECT_THAT(error_of("lind = 1"), HasSubstr("expected a table"));
}

TEST(Config, RefusesWhatIsNoToml) {
  EXPECT_THAT(error_of("args = [\n\"a\"\n"), HasSubstr(" at line 2 column "));
  EXPECT_THAT(error_of("a = 1\na = 2\n"), HasSubstr("line 2"));
  EXPECT_THAT(error_of("\xff"), HasSubstr("line 1"));
  EXPECT_THAT(error_of(std::string(kMaxConfigBytes + 1, '#')), HasSubstr("1000001 bytes"));
}

TEST(Config, RefusesKeysThatNobodyKnows) {
  EXPECT_EQ(error_of("argz = []"),
            "unknown field `argz`, did you mean `args`? for key `argz` at line 1 column 1");
  EXPECT_EQ(error_of("[[files]]\nkind = \"stdin\"\nnaem = \"x\"\n"),
            "unknown field `naem`, did you mean `name`? for key `files` at line 3 column 1");
  EXPECT_EQ(error_of("[[files]]\nkind = \"stdin\"\nport = 5\n"),
            "unknown field `port` for key `files` at line 3 column 1");
  EXPECT_THAT(error_of("[lind]\nmemroy = 1"), HasSubstr("did you mean `memory`?"));
  EXPECT_THAT(error_of("[[lind.directories]]\nhots = \"x\""), HasSubstr("did you mean `host`?"));
  EXPECT_EQ(error_of("version = 1"),
            "unknown field `version` for key `version` at line 1 column 1");
}

TEST(Config, IgnoresThemAsEnarxDoesIfAsked) {
  EXPECT_THAT(
      parsed("version = 1\nargs = [\"a\"]\n[stdin]\nkind = \"null\"\n", UnknownKeys::kIgnore).args,
      ElementsAre("a"));
  // Enarx refuses these itself.
  EXPECT_THAT(error_of("[[files]]\nkind = \"stdin\"\nx = 1\n", UnknownKeys::kIgnore),
              HasSubstr("unknown field `x`"));
}

TEST(Config, TakesOnlyEncryptedStewards) {
  EXPECT_EQ(parsed("steward = \"https://attest.example.com\"").steward,
            "https://attest.example.com");
  EXPECT_THAT(error_of("steward = \"http://attest.example.com\""),
              HasSubstr("refusing to use an unencrypted steward url"));
  EXPECT_THAT(error_of("steward = \"attest\""), HasSubstr("no https url"));
  EXPECT_THAT(error_of("steward = \"https://\""), HasSubstr("no https url"));
}

TEST(Config, MakesTheEnvironment) {
  const Config config = parsed(
      "[env]\nB = \"2\"\nA = \"1\"\nFD_COUNT = \"9\"\n[lind]\npass-env = [\"A\", \"C\", "
      "\"NONE\"]\n");
  EXPECT_THAT(config.env, ElementsAre(Pair("A", "1"), Pair("B", "2"), Pair("FD_COUNT", "9")));
  const auto outside = [](const std::string& name) {
    return name == "NONE" ? std::nullopt : std::optional<std::string>("outside");
  };
  EXPECT_THAT(environment_of(config, outside),
              ElementsAre("FD_COUNT=0", "FD_NAMES=", "A=1", "B=2", "FD_COUNT=9", "C=outside"));
}

TEST(Config, RefusesWhatNoProgramCanBeGiven) {
  EXPECT_THAT(error_of("args = [\"a\\u0000b\"]"), HasSubstr("a string with a NUL"));
  EXPECT_THAT(error_of("[env]\n\"A=B\" = \"x\""), HasSubstr("no name of a variable"));
  EXPECT_THAT(error_of("[env]\n\"\" = \"x\""), HasSubstr("no name of a variable"));
  EXPECT_THAT(error_of("[lind]\npass-env = [\"\"]"), HasSubstr("no name of a variable"));
}

TEST(Config, ReadsExtensions) {
  const Extensions lind = parsed(R"(
    [lind]
    append-args = true
    certificate = "c.pem"
    private-key = "k.pem"
    client-anchors = ["clients.pem"]
    trust-anchors = ["a.pem", "b.pem"]
    cpu-time = 10
    time = 20
    memory = "64 MiB"
    processes = 5
    open-files = 64
    modules = ["sh.wasm"]
    grates = ["strace", ["imfs", "--x"]]
    pass-env = ["LANG"]
    [[lind.directories]]
    host = "data"
    guest = "/data"
    [[lind.directories]]
    host = "/tmp"
    guest = "/tmp"
    read-only = false
  )")
                              .lind;
  EXPECT_TRUE(lind.append_args);
  EXPECT_EQ(lind.certificate, "c.pem");
  EXPECT_EQ(lind.private_key, "k.pem");
  EXPECT_THAT(lind.client_anchors, ElementsAre("clients.pem"));
  EXPECT_THAT(lind.trust_anchors, ElementsAre("a.pem", "b.pem"));
  EXPECT_EQ(lind.max_cpu_seconds, 10U);
  EXPECT_EQ(lind.max_seconds, 20U);
  EXPECT_EQ(lind.max_memory_bytes, std::uint64_t{64} << 20U);
  EXPECT_EQ(lind.max_processes, 5U);
  EXPECT_EQ(lind.max_open_files, 64U);
  EXPECT_THAT(lind.modules, ElementsAre("sh.wasm"));
  EXPECT_THAT(lind.grates, ElementsAre(ElementsAre("strace"), ElementsAre("imfs", "--x")));
  EXPECT_THAT(lind.pass_env, ElementsAre("LANG"));
  EXPECT_THAT(lind.directories,
              ElementsAre(Directory{.host = "data", .guest = "/data", .read_only = true},
                          Directory{.host = "/tmp", .guest = "/tmp", .read_only = false}));
}

TEST(Config, RefusesExtensionsThatMakeNoSense) {
  for (const char* wrong : {"memory = 0",
                            "memory = \"64 Mib\"",
                            "memory = \"\"",
                            "memory = \"20000000000 GiB\"",
                            "cpu-time = 0",
                            "time = 4294967296",
                            "processes = 32001",
                            "open-files = 0",
                            "modules = [\"../x\"]",
                            "modules = [\"main.wasm\"]",
                            "modules = [\"a\", \"a\"]",
                            "modules = [\"\"]",
                            "grates = [[]]",
                            "grates = [\"\"]",
                            "grates = [1]",
                            "certificate = \"c.pem\"",
                            "private-key = \"k.pem\"",
                            "append-args = \"yes\"",
                            "directories = 1",
                            "directories = [{host = \"x\"}]",
                            "directories = [{host = \"x\", guest = \"x\"}]",
                            "directories = [{host = \"\", guest = \"/x\"}]"}) {
    EXPECT_THAT(error_of("[lind]\n" + std::string(wrong)), HasSubstr(" at line ")) << wrong;
  }
}

TEST(Config, HasOneCanonicalText) {
  const char* const samples[] = {
      "", kExample, "args = [\"a\", \"q\\\"\\\\\\n\\u007f\\u00fc\"]\n[env]\n\"x y\" = \"\"\n",
      "steward = \"https://s\"\n[lind]\nappend-args = true\nmemory = 5\ntime = 1\ncpu-time = 2\n"
      "grates = [[\"a\", \"b\"], \"c\"]\nmodules = [\"m\"]\npass-env = [\"P\"]\nprocesses = 3\n"
      "open-files = 4\ncertificate = \"c\"\nprivate-key = \"k\"\ntrust-anchors = [\"t\"]\n"
      "client-anchors = [\"d\"]\ndirectories = [{host = \"h\", guest = \"/g\"}]\n"};
  for (const char* text : samples) {
    const Config config = parsed(text);
    const std::string canonical = canonical_text(config);
    EXPECT_EQ(parsed(canonical), config) << canonical;
    EXPECT_EQ(canonical_text(parsed(canonical)), canonical);
  }
  EXPECT_EQ(canonical_text(parsed("args = ['a']\nenv = {}")),
            canonical_text(parsed("args=[\"a\"]")));
}

TEST(Config, HasATemplateWhoseEveryLineIsRight) {
  EXPECT_EQ(parsed(kConfigTemplate), default_config());
  std::string all;
  std::istringstream lines{std::string(kConfigTemplate)};
  for (std::string line; std::getline(lines, line);)
    all += (line.starts_with("# ") ? line.substr(2) : line) + "\n";
  const Config config = parsed(all);
  EXPECT_EQ(config.files.size(), 5U);
  EXPECT_EQ(config.lind.directories.size(), 1U);
}

TEST(Config, SurvivesNesting) {
  EXPECT_THAT(error_of("a = " + std::string(100'000, '[')), HasSubstr(" at line "));
  std::string dotted = "a";
  for (int i = 0; i < 100'000; ++i)
    dotted += ".a";
  EXPECT_EQ(error_of(dotted + " = 1"), "100000 dots in keys, at most 1000");
  EXPECT_EQ(error_of("[" + dotted + "]"), "100000 dots in keys, at most 1000");
  EXPECT_EQ(error_of("args = [\"" + std::string(2000, '.') + "\"]"), "no error");
}

}  // namespace
}  // namespace lind::keep
