#include "verify/verify.h"

#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "vmabi/layout.h"
#include "vmabi/thread_block.h"

namespace lind::verify {
namespace {

using Bytes = std::vector<std::uint8_t>;

/// What verify() says of one function with this code; "" if it accepts.
std::string verdict(const Bytes& bytes, std::vector<vmabi::CallSiteRecord> calls = {},
                    std::vector<std::uint32_t> fs_sites = {}) {
  const std::vector<vmabi::FunctionRecord> functions = {{0,
                                                         0,
                                                         static_cast<std::uint32_t>(bytes.size()),
                                                         vmabi::kNoIndex,
                                                         calls.empty() ? 0 : calls[0].frame_bytes,
                                                         0,
                                                         {0, 0}}};
  const std::vector<std::byte> rodata(16);
  Code code;
  code.text = std::as_bytes(std::span(bytes));
  code.rodata = rodata;
  code.rodata_offset = 4096;
  code.thread_block = vmabi::kNominalOffset;
  code.is_lind_program = true;
  code.num_global_words = 2;
  code.functions = functions;
  code.call_sites = calls;
  code.fs_sites = fs_sites;
  const ErrorOr<void> result = verify(code);
  return result.ok() ? "" : result.error().message();
}

TEST(VerifyTest, AcceptsWhatCompiledCodeConsistsOf) {
  const Bytes accepted[] = {
      {0xc3},                                                  // ret
      {0x65, 0x67, 0x8b, 0x47, 0x08, 0xc3},                    // mov eax, gs:[edi+8]
      {0x65, 0x67, 0x89, 0x04, 0x91, 0xc3},                    // mov gs:[ecx+4*edx], eax
      {0x65, 0x8b, 0x04, 0x25, 0x40, 0xf0, 0xff, 0xff, 0xc3},  // table_size[0]
      {0x53, 0xbb, 1, 0, 0, 0, 0x5b, 0xc3},                    // push rbx; write it; pop rbx
      {0x48, 0x83, 0xec, 0x18, 0x89, 0x44, 0x24, 0x14, 0x48, 0x83, 0xc4, 0x18, 0xc3},
      {0x50, 0x58, 0xc3},                                // push rax; pop rax
      {0x31, 0xc0, 0xff, 0xc0, 0x75, 0xfc, 0xc3},        // a loop
      {0xf2, 0x0f, 0x10, 0x05, 0xf8, 0x0f, 0, 0, 0xc3},  // movsd xmm0, [rip+rodata]
      {0xf0, 0x83, 0x0c, 0x24, 0x00, 0xc3},              // fence
      {0xc3, 0xcc, 0xcc},                                // padding
      {0xeb, 0xfe},                                      // endless
  };
  for (const Bytes& bytes : accepted)
    EXPECT_EQ(verdict(bytes), "") << testing::PrintToString(bytes);
}

TEST(VerifyTest, RefusesWhatCouldReachOutside) {
  const Bytes refused[] = {
      {0x0f, 0x05, 0xc3},                                      // syscall
      {0x0f, 0x34, 0xc3},                                      // sysenter
      {0xcd, 0x80, 0xc3},                                      // int 0x80
      {0xf3, 0x48, 0x0f, 0xae, 0xd8, 0xc3},                    // wrgsbase rax
      {0xf3, 0x48, 0x0f, 0xae, 0xd0, 0xc3},                    // wrfsbase rax
      {0xf3, 0x48, 0x0f, 0xae, 0xc8, 0xc3},                    // rdgsbase rax
      {0x0f, 0xae, 0x2f, 0xc3},                                // xrstor [rdi]
      {0x0f, 0x01, 0xf8, 0xc3},                                // swapgs
      {0x0f, 0x01, 0xef, 0xc3},                                // wrpkru
      {0x8e, 0xe8, 0xc3},                                      // mov gs, eax
      {0xf3, 0xa4, 0xc3},                                      // rep movsb
      {0xa4, 0xc3},                                            // movsb
      {0x9d, 0xc3},                                            // popf
      {0xfd, 0xc3},                                            // std
      {0xf4},                                                  // hlt
      {0xc9, 0xc3},                                            // leave
      {0xcb},                                                  // retf
      {0xc2, 0x08, 0x00},                                      // ret 8
      {0x62, 0xf1, 0x7c, 0x48, 0x10, 0x07, 0xc3},              // vmovups zmm0, [rdi]
      {0xc4, 0xe2, 0x69, 0x92, 0x04, 0x07, 0xc3},              // vgatherdps
      {0x66, 0x0f, 0xf7, 0xc1, 0xc3},                          // maskmovdqu
      {0x8b, 0x07, 0xc3},                                      // mov eax, [rdi]
      {0x89, 0x07, 0xc3},                                      // mov [rdi], eax
      {0x65, 0x8b, 0x07, 0xc3},                                // mov eax, gs:[rdi]
      {0x65, 0x89, 0x87, 0, 0xf0, 0xff, 0xff, 0xc3},           // mov gs:[rdi-4096], eax
      {0x65, 0x89, 0x04, 0x25, 0x40, 0xf0, 0xff, 0xff, 0xc3},  // writes table_size[0]
      {0x65, 0x8b, 0x04, 0x25, 0, 0, 0, 0xf8, 0xc3},           // reads the table windows
      {0x65, 0x67, 0x8b, 0x04, 0x24, 0xc3},                    // gs:[esp]
      {0x64, 0x8b, 0x07, 0xc3},                                // fs:[rdi]
      {0x64, 0x8b, 0x04, 0x25, 0, 0xe0, 0xff, 0xff, 0xc3},     // host_rsp, and no site
      {0x8b, 0x04, 0x24, 0xc3},                                // the return address
      {0x89, 0x44, 0x24, 0xf8, 0xc3},                          // below rsp
      {0x48, 0x83, 0xec, 0x18, 0x89, 0x44, 0x24, 0x18, 0x48, 0x83, 0xc4, 0x18, 0xc3},
      {0x48, 0x89, 0xe0, 0xc3},              // mov rax, rsp
      {0x48, 0x89, 0xc4, 0xc3},              // mov rsp, rax
      {0x48, 0x8d, 0x04, 0x24, 0xc3},        // lea rax, [rsp]
      {0x54, 0x58, 0xc3},                    // push rsp
      {0x5c, 0xc3},                          // pop rsp
      {0xc4, 0xe2, 0x58, 0xf2, 0xc0, 0xc3},  // andn eax, esp, eax
      {0x50, 0xc3},                          // returns to rax
      {0x58, 0xc3},                          // pops its return address
      {0x48, 0x81, 0xec, 0, 0, 2, 0, 0x48, 0x81, 0xc4, 0, 0, 2, 0, 0xc3},  // over the guard
      {0xbb, 1, 0, 0, 0, 0xc3},                                            // mov ebx, 1
      {0xb7, 0x01, 0xc3},                                                  // mov bh, 1
      {0x53, 0x5d, 0xc3},                                                  // push rbx; pop rbp
      {0x53, 0x89, 0x04, 0x24, 0x5b, 0xc3},                                // writes the saved rbx
      {0x53, 0x75, 0x01, 0x5b, 0xc3},                    // frames differ where paths meet
      {0xff, 0xd0, 0xc3},                                // call rax
      {0xff, 0xe0},                                      // jmp rax
      {0xff, 0x27},                                      // jmp [rdi]
      {0xe8, 0, 0, 0, 0, 0xc3},                          // call into itself
      {0xeb, 0x01, 0xb8, 0x0f, 0x05, 0xc3, 0, 0, 0xc3},  // into the middle
      {0xeb, 0x10, 0xc3},                                // out of the text
      {0x90},                                            // runs off the end
      {0xcc, 0xc3},                                      // runs into padding
      {0x67, 0x0f, 0xb9, 0x40, 0x01},                    // a trap without record
      {0x66, 0xc3},
      {0x0f, 0xa3, 0x07, 0xc3},  // bt [rdi], eax
      {0x8b},                    // half an instruction
  };
  for (const Bytes& bytes : refused)
    EXPECT_NE(verdict(bytes), "") << testing::PrintToString(bytes);
}

TEST(VerifyTest, ChecksThreadWords) {
  const auto access = [](std::uint8_t opcode, std::int32_t field, std::uint8_t modrm = 0x04) {
    const auto at = static_cast<std::uint32_t>(vmabi::kNominalOffset + field);
    Bytes bytes = {0x64, opcode, modrm, 0x25};
    for (unsigned shift = 0; shift < 32; shift += 8) {
      bytes.push_back(static_cast<std::uint8_t>(at >> shift));
    }
    bytes.push_back(0xc3);
    return bytes;
  };
  EXPECT_EQ(verdict(access(0x8b, 1536), {}, {4}), "");       // slot
  EXPECT_EQ(verdict(access(0x89, 3584 + 8), {}, {4}), "");   // global
  EXPECT_NE(verdict(access(0x89, 3584 + 16), {}, {4}), "");  // global of nobody
  EXPECT_NE(verdict(access(0x89, 512), {}, {4}), "");        // builtin entry, written
  EXPECT_NE(verdict(access(0x8b, 512), {}, {4}), "");        // and read
  EXPECT_NE(verdict(access(0x8b, 0), {}, {4}), "");          // host_rsp
  EXPECT_NE(verdict(access(0x8b, 1536)), "");                // no record
  EXPECT_NE(verdict({0xc3}, {}, {0}), "");                   // no instruction
  const vmabi::CallSiteRecord call{8, 0, 0, vmabi::kNoIndex};
  EXPECT_EQ(verdict(access(0xff, 512, 0x14), {call}, {4}), "");
  EXPECT_NE(verdict(access(0xff, 516, 0x14), {call}, {4}), "");
  EXPECT_NE(verdict(access(0xff, 1536, 0x14), {call}, {4}), "");
  EXPECT_NE(verdict(access(0xff, 512, 0x14), {}, {4}), "");
  EXPECT_NE(verdict(access(0xff, 512, 0x14), {{8, 0, 8, vmabi::kNoIndex}}, {4}), "");
}

TEST(VerifyTest, FollowsCallsToTheirLandingPads) {
  const Bytes bytes = {0x50, 0xe8, 0xfa, 0xff, 0xff, 0xff,  // push rax; call itself
                       0x59, 0xc3,                          // pop rcx; ret
                       0x59, 0xc3};                         // the pad: the same
  const auto with_pad = [&bytes](std::uint32_t pad, std::uint32_t function = 0) {
    return verdict(bytes, {{6, function, 8, pad}});
  };
  EXPECT_EQ(with_pad(vmabi::kNoIndex), "");
  EXPECT_EQ(with_pad(8), "");
  EXPECT_EQ(with_pad(6), "");
  EXPECT_NE(with_pad(7), "");                   // without taking the frame down
  EXPECT_NE(with_pad(0), "");                   // with a frame where none is
  EXPECT_NE(with_pad(3), "");                   // inside an instruction
  EXPECT_NE(with_pad(10), "");                  // behind the function
  EXPECT_NE(with_pad(8, vmabi::kNoIndex), "");  // in an adapter
}

}  // namespace
}  // namespace lind::verify
