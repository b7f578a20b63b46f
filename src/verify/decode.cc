// TCB.  Takes one instruction apart.

#include <algorithm>
#include <array>
#include <cstring>

#include "verify/decode_internal.h"
#include "verify/opcode_rows_internal.h"

namespace lind::verify {
namespace {

/// Bytes of an operand, by width and by 4 * REX.W + 2 * (0x66) + VEX.L.
constexpr std::uint8_t num_bytes(Width width, unsigned by) {
  const bool w = (by & 4) != 0;
  const auto vector_bytes = static_cast<std::uint8_t>((by & 1) != 0 ? 32 : 16);
  switch (width) {
    case Width::kNone:
      return 0;
    case Width::k1:
      return 1;
    case Width::k2:
      return 2;
    case Width::k4:
      return 4;
    case Width::k8:
      return 8;
    case Width::k16:
      return 16;
    case Width::kOperand:
      return w ? 8 : (by & 2) != 0 ? 2 : 4;
    case Width::kOperand48:
      return w ? 8 : 4;
    case Width::kVector:
      return vector_bytes;
    case Width::kHalf:
      return vector_bytes / 2;
    case Width::kDuplicate:
      return (by & 1) != 0 ? 32 : 8;
    case Width::kQuarter:
      return vector_bytes / 4;
    case Width::kEighth:
      return vector_bytes / 8;
  }
  return 0;
}
constexpr std::size_t kNumWidths = 13;
constexpr std::array<std::array<std::uint8_t, 8>, kNumWidths> kNumBytes = [] {
  std::array<std::array<std::uint8_t, 8>, kNumWidths> table{};
  for (unsigned width = 0; width < kNumWidths; ++width) {
    for (unsigned by = 0; by < 8; ++by)
      table[width][by] = num_bytes(Width{static_cast<std::uint8_t>(width)}, by);
  }
  return table;
}();

/// Bytes of an immediate, by kind and as kNumBytes.
constexpr std::array<std::array<std::uint8_t, 8>, 4> kImmediateBytes = [] {
  std::array<std::array<std::uint8_t, 8>, 4> table{};
  for (unsigned by = 0; by < 8; ++by) {
    const bool w = (by & 4) != 0;
    const std::uint8_t narrow = (by & 2) != 0 ? 2 : 4;
    table[static_cast<std::size_t>(Immediate::k8)][by] = 1;
    table[static_cast<std::size_t>(Immediate::kOperand)][by] = w ? 4 : narrow;
    table[static_cast<std::size_t>(Immediate::kOperand64)][by] = w ? 8 : narrow;
  }
  return table;
}();

/// Prefixes, as a set.
enum PrefixBit : std::uint8_t {
  kHas66 = 1,
  kHas67 = 2,
  kHasFs = 4,
  kHasGs = 8,
  kHasCs = 16,
  kHasLock = 32,
  kHasF2 = 64,
  kHasF3 = 128
};

constexpr std::array<std::uint8_t, 256> kPrefixBits = [] {
  std::array<std::uint8_t, 256> table{};
  table[0x66] = kHas66;
  table[0x67] = kHas67;
  table[0x64] = kHasFs;
  table[0x65] = kHasGs;
  table[0x2e] = kHasCs;
  table[0xf0] = kHasLock;
  table[0xf2] = kHasF2;
  table[0xf3] = kHasF3;
  return table;
}();

/// No instruction has more bytes.
constexpr std::size_t kMaxBytes = 15;
/// What the decoder looks at before it knows: prefixes, opcode, ModRM, SIB, displacement,
/// immediate.
constexpr std::size_t kWindowBytes = kMaxBytes + 3 + 2 + 4 + 8;

/// Reads at most kWindowBytes from `bytes`; the caller compares the size with what there is.
///
/// Neighbouring instructions have little in common, so a branch on a bit of an encoding is as often
/// mispredicted as not.  Hence the arithmetic on bits and the tables where a branch would be
/// shorter.
class Decoder {
 public:
  Decoder(const std::byte* bytes, Instruction& out) : bytes_(bytes), out_(out) {}

  bool run() {
    if (!read_prefixes() || !read_opcode()) return false;
    row_ = &(is_vex_ ? kVex : kLegacy)[map_][mandatory_][opcode_];
    if (row_->has_modrm) {
      modrm_ = take();
      if (row_->operations != kNoOperations) {
        row_ = &kOperations[row_->operations - std::size_t{1}][group()];
      }
    }
    if (!row_->allowed) return false;
    by_ = (w_ ? 4U : 0U) | ((prefixes_ & kHas66) != 0 ? 2U : 0U) | (l_ ? 1U : 0U);
    out_.kind = row_->kind;
    writes_ = row_->implicit;
    out_.width = width_of(row_->width);
    out_.condition = opcode_ & 15;
    if (!row_->has_modrm) {
      take_opcode_register();
    } else if (!read_modrm()) {
      return false;
    }
    if (is_vex_ && !check_vex()) return false;
    if (row_->special != Special::kNone && !check_special()) return false;
    note_writes();
    out_.writes = static_cast<std::uint16_t>(writes_);
    read_immediate();
    out_.size = static_cast<std::uint8_t>(at_);
    return at_ <= kMaxBytes && check_prefixes();
  }

 private:
  std::uint8_t take() { return static_cast<std::uint8_t>(bytes_[at_++]); }
  std::uint8_t peek() const { return static_cast<std::uint8_t>(bytes_[at_]); }
  std::uint8_t group() const { return (modrm_ >> 3) & 7; }

  // Each at most once, but 0x66, which pads nops.
  bool read_prefixes() {
    const auto bits = [this](std::size_t at) -> unsigned {
      return kPrefixBits[static_cast<std::uint8_t>(bytes_[at])];
    };
    const unsigned first = bits(0);
    const unsigned second = first != 0 ? bits(1) : 0;
    unsigned last = second != 0 ? bits(2) : 0;
    unsigned repeated = (first & second) | ((first | second) & last);
    unsigned seen = first | second | last;
    at_ = std::size_t{first != 0} + std::size_t{second != 0} + std::size_t{last != 0};
    while (last != 0) {
      last = bits(at_);
      repeated |= seen & last;
      seen |= last;
      if (last != 0 && ++at_ == kMaxBytes) return false;
    }
    prefixes_ = static_cast<std::uint8_t>(seen);
    constexpr unsigned kSegments = kHasFs | kHasGs;
    constexpr unsigned kRepeats = kHasF2 | kHasF3;
    if ((repeated & ~unsigned{kHas66}) != 0 || (seen & kSegments) == kSegments ||
        (seen & kRepeats) == kRepeats) {
      return false;
    }
    out_.segment = (seen & kHasGs) != 0   ? Segment::kGs
                   : (seen & kHasFs) != 0 ? Segment::kFs
                                          : Segment::kNone;
    out_.has_address_prefix = (seen & kHas67) != 0;
    out_.has_lock = (seen & kHasLock) != 0;
    return true;
  }

  bool read_opcode() {
    std::uint8_t byte = peek();
    if (byte == 0xc4 || byte == 0xc5) return read_vex();
    has_rex_ = (byte & 0xf0) == 0x40;
    const unsigned rex = has_rex_ ? byte : 0;
    w_ = (rex & 8) != 0;
    r_ = static_cast<std::uint8_t>((rex & 4) << 1);
    x_ = static_cast<std::uint8_t>((rex & 2) << 2);
    b_ = static_cast<std::uint8_t>((rex & 1) << 3);
    at_ += std::size_t{has_rex_};
    byte = take();
    mandatory_ = (prefixes_ & kHasF3) != 0   ? kF3
                 : (prefixes_ & kHasF2) != 0 ? kF2
                 : (prefixes_ & kHas66) != 0 ? k66
                                             : kPlainPrefix;
    // 0x66 beside 0xf2 or 0xf3 has more than one reading, but for popcnt, lzcnt, tzcnt of 16 bits.
    if ((prefixes_ & kHas66) != 0 && mandatory_ != k66) {
      const std::uint8_t next = peek();
      if (mandatory_ != kF3 || byte != 0x0f || (next != 0xb8 && next != 0xbc && next != 0xbd)) {
        return false;
      }
    }
    if (byte == 0x0f) {
      map_ = kMap0F;
      byte = take();
      if (byte == 0x38 || byte == 0x3a) {
        map_ = byte == 0x38 ? kMap0F38 : kMap0F3A;
        byte = take();
      }
    }
    opcode_ = byte;
    return true;
  }

  bool read_vex() {
    if ((prefixes_ & (kHas66 | kHasF2 | kHasF3 | kHasLock)) != 0) return false;
    const std::uint8_t first = take();
    is_vex_ = true;
    std::uint8_t byte = take();
    r_ = (byte & 0x80) != 0 ? 0 : 8;
    map_ = kMap0F;
    if (first == 0xc4) {
      x_ = (byte & 0x40) != 0 ? 0 : 8;
      b_ = (byte & 0x20) != 0 ? 0 : 8;
      map_ = byte & 0x1f;
      if (map_ < kMap0F || map_ > kMap0F3A) return false;
      byte = take();
      w_ = (byte & 0x80) != 0;
    }
    vvvv_ = static_cast<std::uint8_t>(~(byte >> 3) & 15);
    l_ = (byte & 4) != 0;
    constexpr std::array<std::uint8_t, 4> kMandatory = {kPlainPrefix, k66, kF3, kF2};
    mandatory_ = kMandatory[byte & 3];
    opcode_ = take();
    return true;
  }

  std::uint8_t width_of(Width width) const {
    return kNumBytes[static_cast<std::size_t>(width)][by_];
  }

  /// Of 8 bits without REX, 4 to 7 are the second bytes of rax, rcx, rdx and rbx.
  std::uint8_t general_register(unsigned number, bool is_byte) const {
    const bool is_second = is_byte && !has_rex_ && (number & 12) == 4;
    return static_cast<std::uint8_t>(number - (is_second ? 4U : 0U));
  }

  void write(unsigned number, bool is_written) { writes_ |= (is_written ? 1U : 0U) << number; }

  bool read_modrm() {
    const unsigned mod = modrm_ >> 6;
    const unsigned low = modrm_ & 7;
    const bool has_memory = mod != 3;
    if (((row_->groups >> group()) & 1) == 0) return false;
    if (has_memory ? row_->needs_register : row_->needs_memory) return false;
    const bool is_byte = row_->width == Width::k1;
    out_.extends_byte = row_->extends_byte;
    out_.reads_lowest_byte = row_->extends_byte && (has_rex_ || low < 4);
    if (row_->reg_general) {
      out_.reg = general_register(group() | r_, is_byte);
      write(out_.reg, row_->reg_written);
    }
    out_.has_memory = has_memory;
    if (!has_memory) {
      const std::uint8_t number = general_register(low | b_, is_byte || row_->extends_byte);
      out_.rm = row_->rm_general ? number : kNoRegister;
      return true;
    }
    out_.memory_bytes = width_of(row_->memory == Width::kNone ? row_->width : row_->memory);
    return read_address(mod, low);
  }

  bool read_address(unsigned mod, unsigned low) {
    const bool has_sib = low == 4;
    const unsigned sib = has_sib ? peek() : 0;
    at_ += std::size_t{has_sib};
    const unsigned index = ((sib >> 3) & 7) | x_;
    out_.index = has_sib && index != 4 ? static_cast<std::uint8_t>(index) : kNoRegister;
    out_.scale = static_cast<std::uint8_t>(1U << (sib >> 6));
    const unsigned base = has_sib ? sib & 7 : low;
    const bool has_no_base = base == 5 && mod == 0;
    // REX.B means nothing then; not every disassembler knows that.
    if (has_no_base && has_sib && b_ != 0) return false;
    const std::uint8_t instead = has_sib ? kNoRegister : kRip;
    out_.base = has_no_base ? instead : static_cast<std::uint8_t>(base | b_);
    const bool is_long = mod == 2 || has_no_base;
    std::int32_t displacement = 0;
    std::memcpy(&displacement, bytes_ + at_, sizeof(displacement));
    const auto one_byte = static_cast<std::int8_t>(displacement);
    out_.displacement = is_long ? displacement : mod == 1 ? one_byte : 0;
    out_.displacement_at = is_long ? static_cast<std::uint8_t>(at_) : 0;
    at_ += is_long ? 4 : mod;
    return true;
  }

  /// Registers that the opcode names without ModRM.
  void take_opcode_register() {
    const bool is_named = row_->opcode_register == OpcodeRegister::kNamed ||
                          row_->opcode_register == OpcodeRegister::kWritten;
    if (is_named) {
      out_.reg = general_register((opcode_ & 7U) | b_, row_->width == Width::k1);
      write(out_.reg, row_->opcode_register == OpcodeRegister::kWritten);
    } else if (row_->opcode_register == OpcodeRegister::kAccumulator) {
      out_.rm = 0;
    }
  }

  bool check_vex() {
    // Nothing may read the stack pointer as a value.
    if (row_->vvvv_used ? row_->vvvv_general && vvvv_ == kRsp : vvvv_ != 0) return false;
    write(vvvv_, row_->vvvv_written);
    return true;
  }

  bool check_special() {
    switch (row_->special) {
      case Special::kNone:
        break;
      case Special::kExclusiveOr:
        if (!out_.has_memory && out_.reg == out_.rm && out_.width >= 4) out_.kind = Kind::kClear;
        break;
      case Special::kSetByte:
        if (!out_.has_memory && (has_rex_ || (modrm_ & 7) < 4)) out_.kind = Kind::kSetByte;
        break;
      case Special::kNop:
        return b_ == 0;
      case Special::kFence:
        return modrm_ == 0xf0;
    }
    return true;
  }

  void note_writes() {
    out_.reg_is_destination = row_->reg_written && row_->reg_general;
    out_.is_store = row_->rm_written && out_.has_memory;
    write(out_.rm & 15, row_->rm_written && out_.rm != kNoRegister);
  }

  void read_immediate() {
    const unsigned num_bytes = kImmediateBytes[static_cast<std::size_t>(row_->immediate)][by_];
    if (num_bytes == 0) return;
    out_.has_immediate = true;
    std::uint64_t raw = 0;
    std::memcpy(&raw, bytes_ + at_, sizeof(raw));
    at_ += num_bytes;
    const unsigned shift = 64 - 8 * num_bytes;
    out_.immediate = static_cast<std::int64_t>(raw << shift) >> shift;
  }

  bool check_prefixes() const {
    if (prefixes_ == 0) return true;
    if (out_.has_lock && !(row_->lockable && out_.is_store)) return false;
    if ((prefixes_ & kHasCs) != 0 && out_.kind != Kind::kNop) return false;
    if (out_.segment == Segment::kNone && !out_.has_address_prefix) return true;
    if (out_.kind == Kind::kNop || out_.kind == Kind::kTrap) return out_.segment == Segment::kNone;
    return out_.has_memory && out_.kind != Kind::kLea;
  }

  const std::byte* bytes_;
  std::size_t at_ = 0;
  Instruction& out_;
  const Row* row_ = nullptr;
  unsigned by_ = 0;
  unsigned writes_ = 0;
  std::uint8_t prefixes_ = 0;  ///< PrefixBit
  bool is_vex_ = false;
  bool has_rex_ = false;
  bool w_ = false;  ///< REX or VEX, as the next ones
  bool l_ = false;
  std::uint8_t r_ = 0;  ///< 8 or 0, as x and b
  std::uint8_t x_ = 0;
  std::uint8_t b_ = 0;
  std::uint8_t vvvv_ = 0;
  std::uint8_t map_ = kMap0;
  std::uint8_t mandatory_ = kPlainPrefix;
  std::uint8_t opcode_ = 0;
  std::uint8_t modrm_ = 0;
};

}  // namespace

bool decode(std::span<const std::byte> text, std::uint32_t offset, Instruction& out) noexcept {
  if (offset >= text.size()) return false;
  const std::span<const std::byte> rest = text.subspan(offset);
  if (rest.size() < kWindowBytes) {
    std::array<std::byte, 2 * kWindowBytes> window{};
    std::copy(rest.begin(), rest.end(), window.begin());
    const bool ok = decode(window, 0, out) && out.size <= rest.size();
    out.offset = offset;
    return ok;
  }
  out = {};
  out.offset = offset;
  out.reg = out.rm = out.base = out.index = kNoRegister;
  out.scale = 1;
  return Decoder(rest.data(), out).run();
}

}  // namespace lind::verify
