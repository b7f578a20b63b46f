// 3i seen from outside: a real guest asks for its parent's pid until the route of that call,
// changed while it runs, answers an error.

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rawposix/fs/mount_table.h"
#include "rawposix/kernel.h"
#include "rawposix/proc/process_tree.h"
#include "rawposix/process.h"
#include "runtime/thread.h"

namespace lind::rawposix {
namespace {

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// Has one program, whatever it is asked for.
class OneProgram : public ProgramProvider {
 public:
  explicit OneProgram(std::shared_ptr<const runtime::Program> program)
      : program_(std::move(program)) {}
  Result<std::shared_ptr<const runtime::Program>> provide(int, const std::string&) override {
    return program_;
  }
  void refuse(const std::string& name, const Error& why) override {
    ADD_FAILURE() << name << ": " << why.message();
  }

 private:
  std::shared_ptr<const runtime::Program> program_;
};

// Descriptor 1 is a file while it lives.
class CapturedOutput {
 public:
  explicit CapturedOutput(const std::string& path) : saved_(::dup(1)) {
    const int file = ::open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    EXPECT_GE(::dup2(file, 1), 0);
    ::close(file);
  }
  ~CapturedOutput() {
    (void)::dup2(saved_, 1);
    ::close(saved_);
  }

 private:
  int saved_;
};

class RouteTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(runtime::initialize_runtime().ok());
    const char* const bin = std::getenv("LIND_BIN");
    ASSERT_NE(bin, nullptr) << "LIND_BIN names the folder of lind-cc and lindc; ctest sets it";
    std::string pattern = testing::TempDir() + "lind-route-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    const std::string make = "cd " + folder_ + " && LIND_SYSROOT=" LIND_SYSROOT_DIR " " + bin +
                             "/lind-cc -D_GNU_SOURCE -I" LIND_GUEST_SOURCES " -O1 -o loop.wasm " +
                             LIND_GUEST_SOURCES "/route/getppid_loop.c && " + bin +
                             "/lindc -O0 -o loop.obj loop.wasm";
    ASSERT_EQ(std::system(make.c_str()), 0) << make;
    const std::string object = contents(folder_ + "/loop.obj");
    auto program = runtime::Program::load(std::as_bytes(std::span(object)));
    ASSERT_TRUE(program.ok()) << program.error().message();
    programs_ = std::make_unique<OneProgram>(std::move(program).value());

    auto mounts = MountTable::create();
    ASSERT_TRUE(mounts.ok()) << mounts.error().message();
    std::shared_ptr<MountTable> table = std::move(mounts).value();
    host::UniqueFd module(::open((folder_ + "/loop.wasm").c_str(), O_RDONLY | O_CLOEXEC));
    ASSERT_TRUE(table->add_file(std::move(module), "/loop", MountTable::Rights::kReadOnly).ok());
    auto kernel = Kernel::create({.mounts = std::move(table), .programs = programs_.get()});
    ASSERT_TRUE(kernel.ok()) << kernel.error().message();
    kernel_ = std::move(kernel).value();
  }
  void TearDown() override { (void)std::system(("rm -rf " + folder_).c_str()); }

  // The first process, once it has written its first line.
  std::shared_ptr<Process> await_first_process() {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (std::chrono::steady_clock::now() < end) {
      if (contents(folder_ + "/out") == "asking\n") return kernel_->tree().find(2);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return nullptr;
  }

  std::string folder_;
  std::unique_ptr<OneProgram> programs_;
  std::unique_ptr<Kernel> kernel_;
};

TEST_F(RouteTest, AGuestGetsTheErrnoOfARouteThatIsDeniedWhileItRuns) {
  std::int32_t status = -1;
  {
    const CapturedOutput output(folder_ + "/out");
    std::jthread runner([&] {
      const auto result = kernel_->run({.path = "/loop", .args = {"loop", "0"}, .env = {}});
      if (result.ok()) status = result.value();
    });
    const std::shared_ptr<Process> process = await_first_process();
    ASSERT_NE(process, nullptr);
    const threei::Layer denied{.owner = process->lineage(),
                               .kind = threei::Layer::Kind::kDeny,
                               .error = uapi::Errno::kEXDEV};
    EXPECT_EQ(process->routes().lookup(SYS_getppid).kind(), threei::Route::Kind::kMicrovisor);
    ASSERT_TRUE(process->routes().add(SYS_getppid, denied).ok());
  }
  EXPECT_EQ(status, 0);
  EXPECT_EQ(contents(folder_ + "/out"), "asking\ndenied with errno 18\n");
}

}  // namespace
}  // namespace lind::rawposix
