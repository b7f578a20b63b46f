#include "oracle.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <iterator>
#include <optional>
#include <span>
#include <vector>

#include <fmt/core.h>

#include "base/units.h"
#include "vmabi/layout.h"
#include "vmabi/thread_block.h"
#include "zydis.h"

// Most of Zydis' enumerators mean "nothing special" here.
#pragma GCC diagnostic ignored "-Wswitch-enum"

namespace lind::testing {
namespace {

constexpr std::uint64_t kImage = 0x7000'0000'0000;
/// Where the return address lies, above the stack.
constexpr std::uint64_t kEntryRsp = 0x6000'0000'0000;
constexpr std::uint64_t kStackBytes = 64 * kKiB;
constexpr unsigned kRsp = 4;
constexpr std::array<unsigned, 6> kCalleeSaved = {3, 5, 12, 13, 14, 15};
constexpr unsigned kMaxSteps = 400;

bool is_kept(unsigned number) {
  return number == kRsp || std::ranges::find(kCalleeSaved, number) != kCalleeSaved.end();
}

bool fits(std::uint64_t at, std::uint64_t size, std::uint64_t start, std::uint64_t length) {
  return at >= start && size <= length && at - start <= length - size;
}

std::uint64_t cut(std::uint64_t value, unsigned bits) {
  return bits >= 64 ? value : value & ((std::uint64_t{1} << bits) - 1);
}

/// Whether code of a cage must never contain such an instruction.
bool is_privileged(const ZydisDecodedInstruction& instruction) {
  switch (instruction.meta.category) {
    case ZYDIS_CATEGORY_SYSTEM:
    case ZYDIS_CATEGORY_SYSCALL:
    case ZYDIS_CATEGORY_SYSRET:
    case ZYDIS_CATEGORY_INTERRUPT:
    case ZYDIS_CATEGORY_IO:
    case ZYDIS_CATEGORY_IOSTRINGOP:
    case ZYDIS_CATEGORY_STRINGOP:
    case ZYDIS_CATEGORY_SEGOP:
    case ZYDIS_CATEGORY_XSAVE:
    case ZYDIS_CATEGORY_XSAVEOPT:
    case ZYDIS_CATEGORY_PKU:
    case ZYDIS_CATEGORY_RDWRFSGS:
    case ZYDIS_CATEGORY_VTX:
    case ZYDIS_CATEGORY_SGX:
    case ZYDIS_CATEGORY_CET:
    case ZYDIS_CATEGORY_AVX2GATHER:
    case ZYDIS_CATEGORY_GATHER:
    case ZYDIS_CATEGORY_SCATTER:
    case ZYDIS_CATEGORY_FLAGOP:
    case ZYDIS_CATEGORY_UINTR:
    case ZYDIS_CATEGORY_X87_ALU:
    case ZYDIS_CATEGORY_MMX:
      return true;
    default:
      return instruction.encoding == ZYDIS_INSTRUCTION_ENCODING_EVEX;
  }
}

class Walk {
 public:
  Walk(const verify::Code& code, std::uint32_t begin, std::uint32_t end, std::mt19937_64& random)
      : code_(code), begin_(begin), end_(end), random_(random), stack_(kStackBytes + 8) {
    for (std::uint64_t& reg : registers_)
      reg = hostile();
    registers_[kRsp] = kEntryRsp;
    at_entry_ = registers_;
    return_address_ = hostile();
    std::memcpy(stack_.data() + kStackBytes, &return_address_, sizeof(return_address_));
    set_flags_at_random();
  }

  std::string run() {
    pc_ = begin_;
    for (unsigned i = 0; i < kMaxSteps && !is_over_ && escape_.empty(); ++i)
      step();
    return escape_;
  }

 private:
  struct SetjmpContext {
    std::array<std::uint64_t, 16> registers;
    std::uint64_t pc;
  };

  void escape(const std::string& what) {
    if (escape_.empty()) escape_ = fmt::format("{} at {:#x}", what, pc_);
  }

  std::uint64_t hostile() {
    constexpr auto kValues = std::to_array<std::uint64_t>(
        {0, 1, 7, 8, 0x7fffffff, 0x80000000, 0xffffffff, 0x1'0000'0000, 0x2'0000'0000,
         0x7fff'ffff'ffff'ffff, 0x8000'0000'0000'0000, ~std::uint64_t{0}, ~std::uint64_t{4095},
         kImage, kEntryRsp, 0xffff'ffff'ff00'0000});
    const std::uint64_t choice = random_() % (2 * kValues.size());
    if (choice < kValues.size()) return kValues[choice];
    return random_() >> (random_() % 64);
  }

  void set_flags_at_random() {
    const std::uint64_t bits = random_();
    cf_ = (bits & 1) != 0;
    zf_ = (bits & 2) != 0;
    sf_ = (bits & 4) != 0;
    of_ = (bits & 8) != 0;
    pf_ = (bits & 16) != 0;
  }

  bool holds(unsigned condition) const {
    const std::array<bool, 8> rows = {of_, cf_, zf_,        cf_ || zf_,
                                      sf_, pf_, sf_ != of_, zf_ || sf_ != of_};
    return rows[(condition >> 1) & 7] != ((condition & 1) != 0);
  }

  void set_result_flags(std::uint64_t result, unsigned bits) {
    zf_ = cut(result, bits) == 0;
    sf_ = ((result >> (bits - 1)) & 1) != 0;
    pf_ = std::popcount(result & 0xff) % 2 == 0;
  }

  // --- operands -----------------------------------------------------------------------------

  std::uint64_t address_of(const ZydisDecodedOperand& operand) const {
    const ZydisDecodedOperandMem& memory = operand.mem;
    auto address = static_cast<std::uint64_t>(memory.disp.value);
    if (memory.base == ZYDIS_REGISTER_RIP || memory.base == ZYDIS_REGISTER_EIP) {
      address += kImage + pc_ + decoded_.instruction.length;
    } else if (memory.base != ZYDIS_REGISTER_NONE) {
      address += registers_[general_register(memory.base).value_or(0)];
    }
    if (memory.index != ZYDIS_REGISTER_NONE) {
      address += registers_[general_register(memory.index).value_or(0)] * memory.scale;
    }
    return decoded_.instruction.address_width == 32 ? cut(address, 32) : address;
  }

  std::uint64_t load(std::span<const std::byte> from, std::uint64_t at, unsigned size) const {
    std::uint64_t value = 0;
    std::memcpy(&value, from.data() + at, std::min(size, 8U));
    return value;
  }

  std::uint64_t access_gs(std::uint64_t address, unsigned size, bool writes) {
    if (fits(address, size, 0, vmabi::kMemoryReservedBytes + vmabi::kGuardBytes)) return hostile();
    const auto offset = static_cast<std::int64_t>(address);
    if (writes || offset >= 0) {
      escape(fmt::format("gs:[{:#x}]", address));
      return 0;
    }
    const auto lies_in = [&](std::int64_t start, std::int64_t length) {
      return offset >= start && offset + static_cast<std::int64_t>(size) <= start + length;
    };
    if (lies_in(vmabi::kStateOffset, sizeof(vmabi::StatePage))) return hostile();
    for (const vmabi::TableRecord& table : code_.tables) {
      if (table.capacity == 0) continue;
      const auto entries =
          std::max<std::uint64_t>(std::bit_ceil(std::uint64_t{table.capacity}), 512);
      if (!lies_in(table.window_offset, static_cast<std::int64_t>(8 * entries))) continue;
      if (size != 8 || offset % 8 != 0) return hostile();
      const auto& callee = code_.functions[random_() % code_.functions.size()];
      return callee.code_offset | random_() << 32;
    }
    escape(fmt::format("gs:[{}]", offset));
    return 0;
  }

  std::uint64_t access_fs(std::uint64_t address, unsigned size) {
    using vmabi::ThreadBlock;
    const std::uint64_t field = address - static_cast<std::uint64_t>(code_.thread_block);
    if (!fits(field, size, offsetof(ThreadBlock, slots), sizeof(ThreadBlock::slots)) &&
        !fits(field, size, offsetof(ThreadBlock, globals), 8ULL * code_.num_global_words)) {
      escape(fmt::format("fs:[block + {:#x}]", field));
    }
    return hostile();
  }

  /// Of a write: checks it and stores `value`.
  std::uint64_t access(const ZydisDecodedOperand& operand, bool writes, std::uint64_t value) {
    const unsigned size = operand.size / 8;
    const std::uint64_t address = address_of(operand);
    if (operand.mem.segment == ZYDIS_REGISTER_GS) return access_gs(address, size, writes);
    if (operand.mem.segment == ZYDIS_REGISTER_FS) return access_fs(address, size);
    const std::uint64_t rodata = kImage + code_.rodata_offset;
    if (!writes && fits(address, size, rodata, code_.rodata.size())) {
      return load(code_.rodata, address - rodata, size);
    }
    const std::uint64_t rsp = registers_[kRsp];
    if (!fits(address, size, rsp, kEntryRsp - rsp)) {
      if (!is_fence()) escape(fmt::format("address {:#x}, rsp is {:#x}", address, rsp));
      return 0;
    }
    std::byte* const place = stack_.data() + (address - (kEntryRsp - kStackBytes));
    if (!writes) return load({place, size}, 0, size);
    for (unsigned i = 0; i < size; i += 8) {
      const std::uint64_t part = i == 0 ? value : hostile();
      std::memcpy(place + i, &part, std::min(size - i, 8U));
    }
    return 0;
  }

  /// `lock or [rsp], 0`
  bool is_fence() const {
    return decoded_.instruction.mnemonic == ZYDIS_MNEMONIC_OR &&
           decoded_.operands[1].type == ZYDIS_OPERAND_TYPE_IMMEDIATE &&
           decoded_.operands[1].imm.value.u == 0 &&
           address_of(decoded_.operands[0]) == registers_[kRsp];
  }

  static bool is_second_byte(ZydisRegister reg) {
    return reg >= ZYDIS_REGISTER_AH && reg <= ZYDIS_REGISTER_BH;
  }

  std::uint64_t read(const ZydisDecodedOperand& operand) {
    switch (operand.type) {
      case ZYDIS_OPERAND_TYPE_IMMEDIATE:
        return operand.imm.value.u;
      case ZYDIS_OPERAND_TYPE_MEMORY:
        return touches_memory(decoded_, operand) ? access(operand, false, 0) : address_of(operand);
      case ZYDIS_OPERAND_TYPE_REGISTER: {
        if (is_second_byte(operand.reg.value)) {
          const auto number = static_cast<unsigned>(operand.reg.value - ZYDIS_REGISTER_AH);
          return cut(registers_[number] >> 8, 8);
        }
        const auto number = general_register(operand.reg.value);
        return number ? cut(registers_[*number], operand.size) : hostile();
      }
      default:
        return hostile();
    }
  }

  void write(const ZydisDecodedOperand& operand, std::uint64_t value) {
    if (operand.type == ZYDIS_OPERAND_TYPE_MEMORY) {
      (void)access(operand, true, value);
      return;
    }
    if (operand.type != ZYDIS_OPERAND_TYPE_REGISTER) return;
    if (is_second_byte(operand.reg.value)) {
      std::uint64_t& reg = registers_[static_cast<unsigned>(operand.reg.value - ZYDIS_REGISTER_AH)];
      reg = (reg & ~std::uint64_t{0xff00}) | (value & 0xff) << 8;
      return;
    }
    const auto number = general_register(operand.reg.value);
    if (!number) return;
    const unsigned bits = operand.size;
    std::uint64_t& reg = registers_[*number];
    reg = bits >= 32 ? cut(value, bits) : (reg & ~cut(~std::uint64_t{0}, bits)) | cut(value, bits);
  }

  // --- instructions -------------------------------------------------------------------------

  void step() {
    if (pc_ < begin_ || pc_ >= end_) {
      escape("runs out of the function");
      return;
    }
    const auto decoded = decode_with_zydis(code_.text.first(end_).subspan(pc_));
    if (!decoded) {  // the processor knows it no better
      is_over_ = true;
      return;
    }
    decoded_ = *decoded;
    if (is_privileged(decoded_.instruction)) {
      escape(fmt::format("instruction {}", ZydisMnemonicGetString(decoded_.instruction.mnemonic)));
      return;
    }
    next_ = pc_ + decoded_.instruction.length;
    if (!run_jump() && !run_stack() && !run_arithmetic()) run_other();
    const std::uint64_t rsp = registers_[kRsp];
    if (!is_over_ && !fits(rsp, 0, kEntryRsp - kStackBytes + 8, kStackBytes - 8)) {
      escape(fmt::format("rsp is {:#x}", rsp));
    }
    pc_ = next_;
  }

  bool run_jump() {
    const ZydisDecodedOperand& operand = decoded_.operands[0];
    switch (decoded_.instruction.meta.category) {
      case ZYDIS_CATEGORY_COND_BR:
        if (decoded_.instruction.mnemonic == ZYDIS_MNEMONIC_JCXZ ||
            decoded_.instruction.mnemonic == ZYDIS_MNEMONIC_JECXZ ||
            decoded_.instruction.mnemonic == ZYDIS_MNEMONIC_JRCXZ ||
            decoded_.instruction.mnemonic == ZYDIS_MNEMONIC_LOOP ||
            decoded_.instruction.mnemonic == ZYDIS_MNEMONIC_LOOPE ||
            decoded_.instruction.mnemonic == ZYDIS_MNEMONIC_LOOPNE) {
          escape("a branch by rcx");
          return true;
        }
        if (holds(decoded_.instruction.opcode & 15)) jump(next_ + operand.imm.value.u);
        return true;
      case ZYDIS_CATEGORY_UNCOND_BR:
        jump(operand.type == ZYDIS_OPERAND_TYPE_IMMEDIATE ? next_ + operand.imm.value.u
                                                          : read(operand) - kImage);
        return true;
      case ZYDIS_CATEGORY_CALL:
        call(operand);
        return true;
      case ZYDIS_CATEGORY_RET:
        if (operand.type == ZYDIS_OPERAND_TYPE_IMMEDIATE) escape("ret with a number");
        leave();
        return true;
      default:
        break;
    }
    if (decoded_.instruction.mnemonic == ZYDIS_MNEMONIC_UD1) is_over_ = true;
    return is_over_;
  }

  bool is_start(std::uint64_t offset) const {
    return std::ranges::any_of(code_.functions, [offset](const vmabi::FunctionRecord& each) {
      return each.code_offset == offset || each.entry_offset == offset;
    });
  }

  void jump(std::uint64_t target) {
    if (target >= begin_ && target < end_ && (target != begin_ || registers_[kRsp] != kEntryRsp)) {
      next_ = target;
      return;
    }
    if (!is_start(target)) escape(fmt::format("jumps to {:#x}", target));
    leave();
  }

  void leave() {
    is_over_ = true;
    if (registers_[kRsp] != kEntryRsp) escape("leaves with its frame");
    for (const unsigned number : kCalleeSaved) {
      if (registers_[number] != at_entry_[number])
        escape("leaves with another callee-saved register");
    }
    if (std::memcmp(stack_.data() + kStackBytes, &return_address_, sizeof(return_address_)) != 0) {
      escape("changed its return address");
    }
  }

  void call(const ZydisDecodedOperand& operand) {
    bool is_setjmp = false;
    if (operand.type == ZYDIS_OPERAND_TYPE_IMMEDIATE) {
      const std::uint64_t target = next_ + operand.imm.value.u;
      if (!is_start(target)) escape(fmt::format("calls {:#x}", target));
    } else if (operand.type == ZYDIS_OPERAND_TYPE_MEMORY &&
               operand.mem.segment == ZYDIS_REGISTER_FS) {
      const std::uint64_t field = address_of(operand) -
                                  static_cast<std::uint64_t>(code_.thread_block) -
                                  offsetof(vmabi::ThreadBlock, builtin_entry);
      if (field % 8 != 0 || field / 8 >= vmabi::kNumBuiltins) escape("calls no builtin");
      is_setjmp = field / 8 == static_cast<std::uint64_t>(vmabi::Builtin::k_setjmp);
    } else {
      const std::uint64_t target = read(operand) - kImage;
      if (!is_start(target)) escape(fmt::format("calls {:#x} from a table", target));
    }
    // Whatever runs meanwhile may write below rsp, and in the caller-saved registers.
    const std::size_t used = registers_[kRsp] - (kEntryRsp - kStackBytes);
    if (used <= kStackBytes) {
      for (std::size_t i = used - std::min<std::size_t>(used, 256); i + 8 <= used; i += 8) {
        const std::uint64_t value = hostile();
        std::memcpy(stack_.data() + i, &value, sizeof(value));
      }
    }
    for (unsigned i = 0; i < registers_.size(); ++i) {
      if (!is_kept(i)) registers_[i] = hostile();
    }
    set_flags_at_random();
    if (is_setjmp) {
      setjmp_ = SetjmpContext{registers_, next_};
    } else if (setjmp_ && random_() % 4 == 0) {
      for (unsigned i = 0; i < registers_.size(); ++i) {
        if (is_kept(i)) registers_[i] = setjmp_->registers[i];
      }
      next_ = setjmp_->pc;
    } else {
      land();
    }
  }

  void land() {
    const auto site = std::ranges::lower_bound(code_.call_sites, next_, {},
                                               &vmabi::CallSiteRecord::return_offset);
    if (site == code_.call_sites.end() || site->return_offset != next_) {
      escape("a call without record");
    } else if (site->landing_pad != vmabi::kNoIndex && random_() % 2 == 0) {
      next_ = site->landing_pad;
    }
  }

  bool run_stack() {
    const ZydisDecodedOperand& operand = decoded_.operands[0];
    if (decoded_.instruction.mnemonic == ZYDIS_MNEMONIC_PUSH) {
      const std::uint64_t value = read(operand);
      registers_[kRsp] -= 8;
      const std::uint64_t at = registers_[kRsp] - (kEntryRsp - kStackBytes);
      if (!fits(at, 8, 0, kStackBytes) || operand.size != 64) {
        escape("pushes out of the stack");
      } else {
        std::memcpy(stack_.data() + at, &value, sizeof(value));
      }
      return true;
    }
    if (decoded_.instruction.mnemonic == ZYDIS_MNEMONIC_POP) {
      const std::uint64_t at = registers_[kRsp] - (kEntryRsp - kStackBytes);
      if (!fits(at, 8, 0, kStackBytes) || operand.size != 64) {
        escape("pops out of the stack");
        return true;
      }
      const std::uint64_t value = load(stack_, at, 8);
      registers_[kRsp] += 8;
      write(operand, value);
      return true;
    }
    return false;
  }

  bool run_move() {
    const auto& operands = decoded_.operands;
    switch (decoded_.instruction.mnemonic) {
      case ZYDIS_MNEMONIC_MOV:
      case ZYDIS_MNEMONIC_MOVZX:
      case ZYDIS_MNEMONIC_LEA:
        write(operands[0], read(operands[1]));
        return true;
      case ZYDIS_MNEMONIC_MOVSX:
      case ZYDIS_MNEMONIC_MOVSXD: {
        const unsigned shift = 64U - operands[1].size;
        const auto value = static_cast<std::int64_t>(read(operands[1]) << shift) >> shift;
        write(operands[0], static_cast<std::uint64_t>(value));
        return true;
      }
      default:
        break;
    }
    if (decoded_.instruction.meta.category == ZYDIS_CATEGORY_SETCC) {
      write(operands[0], holds(decoded_.instruction.opcode & 15) ? 1 : 0);
      return true;
    }
    if (decoded_.instruction.meta.category == ZYDIS_CATEGORY_CMOV) {
      const std::uint64_t source = read(operands[1]);
      write(operands[0], holds(decoded_.instruction.opcode & 15) ? source : read(operands[0]));
      return true;
    }
    return false;
  }

  bool run_arithmetic() {
    if (run_move()) return true;
    const ZydisDecodedOperand& to = decoded_.operands[0];
    const unsigned bits = to.size;
    const ZydisMnemonic mnemonic = decoded_.instruction.mnemonic;
    switch (mnemonic) {
      case ZYDIS_MNEMONIC_ADD:
      case ZYDIS_MNEMONIC_SUB:
      case ZYDIS_MNEMONIC_CMP:
      case ZYDIS_MNEMONIC_AND:
      case ZYDIS_MNEMONIC_TEST:
      case ZYDIS_MNEMONIC_OR:
      case ZYDIS_MNEMONIC_XOR:
        break;
      case ZYDIS_MNEMONIC_SHL:
      case ZYDIS_MNEMONIC_SHR:
        return run_shift(mnemonic == ZYDIS_MNEMONIC_SHL);
      default:
        return false;
    }
    const std::uint64_t a = read(to);
    const std::uint64_t b = cut(read(decoded_.operands[1]), bits);
    std::uint64_t result = 0;
    if (mnemonic == ZYDIS_MNEMONIC_ADD) {
      result = cut(a + b, bits);
      cf_ = result < a;
      of_ = (((a ^ result) & (b ^ result)) >> (bits - 1) & 1) != 0;
    } else if (mnemonic == ZYDIS_MNEMONIC_SUB || mnemonic == ZYDIS_MNEMONIC_CMP) {
      result = cut(a - b, bits);
      cf_ = a < b;
      of_ = (((a ^ b) & (a ^ result)) >> (bits - 1) & 1) != 0;
    } else {
      result = mnemonic == ZYDIS_MNEMONIC_OR    ? a | b
               : mnemonic == ZYDIS_MNEMONIC_XOR ? a ^ b
                                                : a & b;
      cf_ = of_ = false;
    }
    set_result_flags(result, bits);
    if (mnemonic != ZYDIS_MNEMONIC_CMP && mnemonic != ZYDIS_MNEMONIC_TEST) write(to, result);
    return true;
  }

  bool run_shift(bool left) {
    const ZydisDecodedOperand& to = decoded_.operands[0];
    const std::uint64_t value = read(to);
    const std::uint64_t count = read(decoded_.operands[1]) & (to.size == 64 ? 63 : 31);
    const std::uint64_t result = left ? value << count : value >> count;
    write(to, result);
    if (count != 0) {
      set_flags_at_random();
      set_result_flags(cut(result, to.size), to.size);
    }
    return true;
  }

  // Anything may be in what it writes.
  void run_other() {
    for (const ZydisDecodedOperand& operand : decoded_.all()) {
      if (!touches_memory(decoded_, operand)) continue;
      if (operand.visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN) escape("memory that is not named");
      if (!is_written(operand)) (void)read(operand);
    }
    for (const ZydisDecodedOperand& operand : decoded_.all()) {
      const bool is_memory =
          operand.type == ZYDIS_OPERAND_TYPE_MEMORY && touches_memory(decoded_, operand);
      if (!is_written(operand) || (!is_memory && operand.type != ZYDIS_OPERAND_TYPE_REGISTER))
        continue;
      write(operand, hostile());
    }
    set_flags_at_random();
  }

  const verify::Code& code_;
  std::uint64_t begin_;
  std::uint64_t end_;
  std::mt19937_64& random_;
  std::vector<std::byte> stack_;  ///< up to the return address, and that
  std::array<std::uint64_t, 16> registers_{};
  std::array<std::uint64_t, 16> at_entry_{};
  std::uint64_t return_address_ = 0;
  std::optional<SetjmpContext> setjmp_;
  bool cf_ = false;
  bool zf_ = false;
  bool sf_ = false;
  bool of_ = false;
  bool pf_ = false;
  std::uint64_t pc_ = 0;
  std::uint64_t next_ = 0;
  Decoded decoded_{};
  bool is_over_ = false;
  std::string escape_;
};

}  // namespace

std::string find_escape(const verify::Code& code, std::uint32_t begin, std::uint32_t end,
                        std::mt19937_64& random, unsigned num_walks) {
  for (unsigned i = 0; i < num_walks; ++i) {
    const std::string found = Walk(code, begin, end, random).run();
    if (!found.empty()) return found;
  }
  return {};
}

}  // namespace lind::testing
