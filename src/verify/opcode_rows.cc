// TCB.  The rows of the allow-list, made when this is compiled.

#include <array>
#include <initializer_list>

#include "verify/opcode_rows_internal.h"

namespace lind::verify {
namespace {

constexpr std::uint16_t kRax = 1U << 0;
constexpr std::uint16_t kRdx = 1U << 2;

constexpr Row general(Width width) {
  Row row;
  row.allowed = true;
  row.has_modrm = true;
  row.reg_general = true;
  row.rm_general = true;
  row.width = width;
  return row;
}
constexpr Row to_reg(Width width, Width memory = Width::kNone) {
  Row row = general(width);
  row.reg_written = true;
  row.memory = memory;
  return row;
}
constexpr Row to_rm(Width width) {
  Row row = general(width);
  row.rm_written = true;
  row.lockable = true;
  return row;
}
constexpr Row with(Row row, Kind kind) {
  row.kind = kind;
  return row;
}
constexpr Row with(Row row, Immediate immediate) {
  row.immediate = immediate;
  return row;
}
/// ModRM.reg selects the operation.
constexpr Row group(Width width, std::uint8_t groups, bool written, Immediate immediate) {
  Row row = general(width);
  row.reg_general = false;
  row.rm_written = written;
  row.groups = groups;
  row.immediate = immediate;
  return row;
}
constexpr Row fixed(Kind kind, Width width = Width::kNone) {
  Row row;
  row.allowed = true;
  row.kind = kind;
  row.width = width;
  return row;
}
/// Vector registers only; memory is read.
constexpr Row vector(Width memory, Immediate immediate = Immediate::kNone) {
  Row row;
  row.allowed = true;
  row.has_modrm = true;
  row.memory = memory;
  row.immediate = immediate;
  row.vvvv_used = true;
  return row;
}
constexpr Row vector_store(Width memory) {
  Row row = vector(memory);
  row.rm_written = true;
  return row;
}

/// The first eight operations, by number.
constexpr std::array<Kind, 8> kArithmeticKinds = {
    Kind::kAdd, Kind::kArithmetic, Kind::kPlain,      Kind::kPlain,
    Kind::kAnd, Kind::kSub,        Kind::kArithmetic, Kind::kCompare};

constexpr Table make_map0() {
  Table table{};
  std::array<Row, 256> rows{};
  for (unsigned op = 0; op < 8; ++op) {
    const unsigned at = op * 8;
    const bool compares = op == 7;
    const Kind kind = kArithmeticKinds[op];
    rows[at] = with(compares ? general(Width::k1) : to_rm(Width::k1), kind);
    rows[at + 1] = with(compares ? general(Width::kOperand) : to_rm(Width::kOperand), kind);
    rows[at + 2] = with(compares ? general(Width::k1) : to_reg(Width::k1), kind);
    rows[at + 3] = with(compares ? general(Width::kOperand) : to_reg(Width::kOperand), kind);
    rows[at + 4] = with(fixed(kind, Width::k1), Immediate::k8);
    rows[at + 5] = with(fixed(kind, Width::kOperand), Immediate::kOperand);
    if (!compares) rows[at + 4].implicit = rows[at + 5].implicit = kRax;
    if (kind != Kind::kPlain) {
      rows[at + 4].opcode_register = rows[at + 5].opcode_register = OpcodeRegister::kAccumulator;
    }
  }
  for (unsigned i = 0; i < 8; ++i) {
    rows[0x50 + i] = fixed(Kind::kPush, Width::k8);
    rows[0x58 + i] = fixed(Kind::kPop, Width::k8);
    rows[0x50 + i].opcode_register = rows[0x58 + i].opcode_register = OpcodeRegister::kNamed;
    rows[0xb0 + i] = with(fixed(Kind::kMovImmediate, Width::k1), Immediate::k8);
    rows[0xb8 + i] = with(fixed(Kind::kMovImmediate, Width::kOperand), Immediate::kOperand64);
    rows[0xb0 + i].opcode_register = rows[0xb8 + i].opcode_register = OpcodeRegister::kWritten;
  }
  for (unsigned i = 1; i < 8; ++i) {  // xchg with rax; 0x90 is nop
    rows[0x90 + i] = fixed(Kind::kPlain, Width::kOperand);
    rows[0x90 + i].implicit = kRax;
    rows[0x90 + i].opcode_register = OpcodeRegister::kWritten;
  }
  rows[0x63] = with(to_reg(Width::kOperand, Width::k4), Kind::kMovSignExtend);
  rows[0x69] = with(with(to_reg(Width::kOperand), Kind::kArithmetic), Immediate::kOperand);
  rows[0x6b] = with(with(to_reg(Width::kOperand), Kind::kArithmetic), Immediate::k8);
  for (unsigned i = 0; i < 16; ++i) {
    rows[0x70 + i] = with(fixed(Kind::kBranch), Immediate::k8);
  }
  rows[0x80] = group(Width::k1, 0xff, true, Immediate::k8);
  rows[0x81] = group(Width::kOperand, 0xff, true, Immediate::kOperand);
  rows[0x83] = group(Width::kOperand, 0xff, true, Immediate::k8);
  for (const unsigned at : {0x80U, 0x81U, 0x83U})
    rows[at].lockable = true;
  rows[0x84] = general(Width::k1);
  rows[0x85] = general(Width::kOperand);
  rows[0x86] = to_rm(Width::k1);
  rows[0x87] = to_rm(Width::kOperand);
  rows[0x86].reg_written = rows[0x87].reg_written = true;
  rows[0x88] = to_rm(Width::k1);
  rows[0x89] = with(to_rm(Width::kOperand), Kind::kMov);
  rows[0x8a] = to_reg(Width::k1);
  rows[0x8b] = with(to_reg(Width::kOperand), Kind::kMov);
  rows[0x88].lockable = rows[0x89].lockable = false;
  rows[0x8d] = with(to_reg(Width::kOperand), Kind::kLea);
  rows[0x8d].needs_memory = true;
  rows[0x90] = fixed(Kind::kNop);
  rows[0x98] = fixed(Kind::kPlain);
  rows[0x98].implicit = kRax;
  rows[0x99] = fixed(Kind::kPlain);
  rows[0x99].implicit = kRdx;
  rows[0xa8] = with(fixed(Kind::kPlain, Width::k1), Immediate::k8);
  rows[0xa9] = with(fixed(Kind::kPlain, Width::kOperand), Immediate::kOperand);
  constexpr std::uint8_t kShifts = 0xbf;  // all but the undocumented /6
  rows[0xc0] = group(Width::k1, kShifts, true, Immediate::k8);
  rows[0xc1] = group(Width::kOperand, kShifts, true, Immediate::k8);
  for (const unsigned at : {0xd0U, 0xd2U})
    rows[at] = group(Width::k1, kShifts, true, Immediate::kNone);
  for (const unsigned at : {0xd1U, 0xd3U}) {
    rows[at] = group(Width::kOperand, kShifts, true, Immediate::kNone);
  }
  rows[0xc3] = fixed(Kind::kReturn);
  rows[0xc6] = group(Width::k1, 0x01, true, Immediate::k8);
  rows[0xc7] = with(group(Width::kOperand, 0x01, true, Immediate::kOperand), Kind::kMovImmediate);
  rows[0xcc] = fixed(Kind::kBreak);
  rows[0xe8] = with(fixed(Kind::kCall), Immediate::kOperand);
  rows[0xe9] = with(fixed(Kind::kJump), Immediate::kOperand);
  rows[0xeb] = with(fixed(Kind::kJump), Immediate::k8);
  rows[0xf6] = group(Width::k1, 0xfd, false, Immediate::kNone);  // see kOperations
  rows[0xf7] = group(Width::kOperand, 0xfd, false, Immediate::kNone);
  rows[0xf6].lockable = rows[0xf7].lockable = true;
  rows[0xfe] = group(Width::k1, 0x03, true, Immediate::kNone);
  rows[0xff] = group(Width::kOperand, 0x17, true, Immediate::kNone);  // inc, dec, call, jmp
  rows[0xfe].lockable = rows[0xff].lockable = true;
  rows[0x31].special = rows[0x33].special = Special::kExclusiveOr;
  rows[0x90].special = Special::kNop;
  rows[0xd1].kind = Kind::kArithmetic;
  rows[0x80].operations = kArithmetic1;
  rows[0x81].operations = kArithmeticImmediate;
  rows[0x83].operations = kArithmeticImmediate8;
  rows[0xc1].operations = kShiftByConstant;
  rows[0xf6].operations = kUnary1;
  rows[0xf7].operations = kUnary;
  rows[0xff].operations = kIncrement;
  table[kPlainPrefix] = rows;
  // 0x66 makes operands 16 bits wide; branches, push and pop must not have it.
  table[k66] = rows;
  for (const unsigned at : {0xc3U, 0xccU, 0xe8U, 0xe9U, 0xebU})
    table[k66][at] = {};
  for (unsigned i = 0; i < 16; ++i)
    table[k66][0x50 + i] = table[k66][0x70 + i] = {};
  table[k66][0xff].operations = kIncrement16;
  return table;
}

// SSE that has an AVX form of the same opcode, so VEX tables start from these.
constexpr void add_vectors_0f(Table& table) {
  const auto set = [&table](std::initializer_list<Prefix> prefixes, unsigned from, unsigned to,
                            const Row& row) {
    for (const Prefix prefix : prefixes) {
      for (unsigned op = from; op <= to; ++op)
        table[prefix][op] = row;
    }
  };
  constexpr Width kV = Width::kVector;
  set({kPlainPrefix, k66}, 0x10, 0x10, vector(kV));
  set({kPlainPrefix, k66}, 0x11, 0x11, vector_store(kV));
  set({kF3}, 0x10, 0x10, vector(Width::k4));
  set({kF3}, 0x11, 0x11, vector_store(Width::k4));
  set({kF2}, 0x10, 0x10, vector(Width::k8));
  set({kF2}, 0x11, 0x11, vector_store(Width::k8));
  set({kPlainPrefix, k66}, 0x12, 0x12, vector(Width::k8));  // movlps, movhlps, movlpd
  set({kF3}, 0x12, 0x12, vector(kV));
  set({kF2}, 0x12, 0x12, vector(Width::kDuplicate));  // movddup
  set({kPlainPrefix, k66}, 0x13, 0x13, vector_store(Width::k8));
  set({kPlainPrefix, k66}, 0x14, 0x15, vector(kV));
  set({kPlainPrefix, k66}, 0x16, 0x16, vector(Width::k8));
  set({kF3}, 0x16, 0x16, vector(kV));
  set({kPlainPrefix, k66}, 0x17, 0x17, vector_store(Width::k8));
  set({kPlainPrefix, k66}, 0x28, 0x28, vector(kV));
  set({kPlainPrefix, k66}, 0x29, 0x29, vector_store(kV));
  set({kPlainPrefix, k66}, 0x2b, 0x2b, vector_store(kV));
  Row from_general = vector(Width::kOperand48);  // cvtsi2ss, cvtsi2sd
  from_general.rm_general = true;
  set({kF3, kF2}, 0x2a, 0x2a, from_general);
  Row to_general = vector(Width::kNone);  // cvt(t)ss2si, cvt(t)sd2si
  to_general.reg_general = to_general.reg_written = true;
  to_general.width = Width::kOperand48;
  to_general.vvvv_used = false;
  to_general.memory = Width::k4;
  set({kF3}, 0x2c, 0x2d, to_general);
  to_general.memory = Width::k8;
  set({kF2}, 0x2c, 0x2d, to_general);
  set({kPlainPrefix}, 0x2e, 0x2f, vector(Width::k4));
  set({k66}, 0x2e, 0x2f, vector(Width::k8));
  Row mask = to_general;  // movmskps and the like
  mask.needs_register = true;
  set({kPlainPrefix, k66}, 0x50, 0x50, mask);
  set({k66}, 0xd7, 0xd7, mask);
  set({kPlainPrefix, k66}, 0x51, 0x51, vector(kV));
  set({kPlainPrefix}, 0x52, 0x53, vector(kV));
  set({kPlainPrefix, k66}, 0x54, 0x59, vector(kV));
  set({kF3}, 0x51, 0x53, vector(Width::k4));
  set({kF2}, 0x51, 0x51, vector(Width::k8));
  set({kF3}, 0x58, 0x59, vector(Width::k4));
  set({kF2}, 0x58, 0x59, vector(Width::k8));
  set({kPlainPrefix, k66}, 0x5a, 0x5f, vector(kV));
  set({kPlainPrefix}, 0x5a, 0x5a, vector(Width::kHalf));
  set({kF3}, 0x5a, 0x5f, vector(Width::k4));
  set({kF2}, 0x5a, 0x5f, vector(Width::k8));
  set({kF3}, 0x5b, 0x5b, vector(kV));
  set({kF2}, 0x5b, 0x5b, {});
  set({k66}, 0x60, 0x6d, vector(kV));
  Row movd = vector(Width::kOperand48);
  movd.rm_general = true;
  movd.vvvv_used = false;
  set({k66}, 0x6e, 0x6e, movd);
  movd.rm_written = true;
  set({k66}, 0x7e, 0x7e, movd);
  set({k66, kF3}, 0x6f, 0x6f, vector(kV));
  set({k66, kF3}, 0x7f, 0x7f, vector_store(kV));
  set({k66, kF3, kF2}, 0x70, 0x70, vector(kV, Immediate::k8));
  for (const unsigned op : {0x71U, 0x72U, 0x73U}) {  // shifts by a constant
    Row row = vector(Width::kNone, Immediate::k8);
    row.needs_register = true;
    row.groups = op == 0x73 ? 0xcc : op == 0x72 ? 0x54 : 0x54;
    set({k66}, op, op, row);
  }
  set({k66}, 0x74, 0x76, vector(kV));
  set({k66, kF2}, 0x7c, 0x7d, vector(kV));
  set({kF3}, 0x7e, 0x7e, vector(Width::k8));
  set({kPlainPrefix, k66}, 0xc2, 0xc2, vector(kV, Immediate::k8));
  set({kF3}, 0xc2, 0xc2, vector(Width::k4, Immediate::k8));
  set({kF2}, 0xc2, 0xc2, vector(Width::k8, Immediate::k8));
  Row pinsrw = vector(Width::k2, Immediate::k8);
  pinsrw.rm_general = true;
  set({k66}, 0xc4, 0xc4, pinsrw);
  Row pextrw = mask;
  pextrw.immediate = Immediate::k8;
  set({k66}, 0xc5, 0xc5, pextrw);
  set({kPlainPrefix, k66}, 0xc6, 0xc6, vector(kV, Immediate::k8));
  set({k66, kF2}, 0xd0, 0xd0, vector(kV));
  set({k66}, 0xd1, 0xd5, vector(kV));
  set({k66}, 0xd6, 0xd6, vector_store(Width::k8));
  set({k66}, 0xd8, 0xe5, vector(kV));
  set({k66, kF3, kF2}, 0xe6, 0xe6, vector(kV));
  set({k66}, 0xe7, 0xe7, vector_store(kV));
  set({k66}, 0xe8, 0xef, vector(kV));
  set({kF3}, 0xe6, 0xe6, vector(Width::kHalf));
  set({kF2}, 0xf0, 0xf0, vector(kV));
  set({k66}, 0xf1, 0xf6, vector(kV));
  set({k66}, 0xf8, 0xfe, vector(kV));
  for (const unsigned op : {0x2bU, 0xe7U}) {
    for (const Prefix prefix : {kPlainPrefix, k66}) {
      if (table[prefix][op].allowed) table[prefix][op].needs_memory = true;
    }
  }
  for (const unsigned op : {0x13U, 0x17U}) {
    table[kPlainPrefix][op].needs_memory = table[k66][op].needs_memory = true;
  }
  table[k66][0x12].needs_memory = table[k66][0x16].needs_memory = true;
  table[kF2][0xf0].needs_memory = true;
}

constexpr void add_vectors_0f38(Table& table) {
  constexpr Width kV = Width::kVector;
  const auto set = [&table](unsigned from, unsigned to, const Row& row) {
    for (unsigned op = from; op <= to; ++op)
      table[k66][op] = row;
  };
  set(0x00, 0x0b, vector(kV));
  set(0x10, 0x10, vector(kV));
  set(0x14, 0x15, vector(kV));
  set(0x17, 0x17, vector(kV));
  set(0x1c, 0x1e, vector(kV));
  for (const unsigned at : {0x20U, 0x30U}) {
    set(at + 0, at + 0, vector(Width::kHalf));
    set(at + 1, at + 1, vector(Width::kQuarter));
    set(at + 2, at + 2, vector(Width::kEighth));
    set(at + 3, at + 3, vector(Width::kHalf));
    set(at + 4, at + 4, vector(Width::kQuarter));
    set(at + 5, at + 5, vector(Width::kHalf));
  }
  set(0x28, 0x29, vector(kV));
  set(0x2a, 0x2a, vector(kV));
  table[k66][0x2a].needs_memory = true;
  set(0x2b, 0x2b, vector(kV));
  set(0x37, 0x41, vector(kV));
}

constexpr void add_vectors_0f3a(Table& table) {
  constexpr Width kV = Width::kVector;
  const auto set = [&table](unsigned from, unsigned to, const Row& row) {
    for (unsigned op = from; op <= to; ++op)
      table[k66][op] = row;
  };
  set(0x08, 0x09, vector(kV, Immediate::k8));
  set(0x0a, 0x0a, vector(Width::k4, Immediate::k8));
  set(0x0b, 0x0b, vector(Width::k8, Immediate::k8));
  set(0x0c, 0x0f, vector(kV, Immediate::k8));
  Row extract = vector(Width::k1, Immediate::k8);
  extract.rm_general = extract.rm_written = true;
  extract.vvvv_used = false;
  set(0x14, 0x14, extract);
  extract.memory = Width::k2;
  set(0x15, 0x15, extract);
  extract.memory = Width::kOperand48;
  set(0x16, 0x16, extract);
  Row extract_float = extract;
  extract_float.memory = Width::k4;
  set(0x17, 0x17, extract_float);
  Row insert = vector(Width::k1, Immediate::k8);
  insert.rm_general = true;
  set(0x20, 0x20, insert);
  set(0x21, 0x21, vector(Width::k4, Immediate::k8));
  insert.memory = Width::kOperand48;
  set(0x22, 0x22, insert);
  set(0x40, 0x42, vector(kV, Immediate::k8));
}

constexpr Table make_map0f() {
  Table table{};
  add_vectors_0f(table);
  std::array<Row, 256> rows{};
  Row nop = general(Width::kOperand);
  nop.kind = Kind::kNop;
  nop.reg_general = nop.rm_general = false;
  nop.groups = 0x01;
  rows[0x1f] = nop;
  for (unsigned i = 0; i < 16; ++i) {
    rows[0x40 + i] = to_reg(Width::kOperand);
    Row branch = with(fixed(Kind::kBranch), Immediate::kOperand);
    rows[0x80 + i] = branch;
    Row set = to_rm(Width::k1);
    set.reg_general = false;
    set.lockable = false;
    set.special = Special::kSetByte;
    rows[0x90 + i] = set;
  }
  // The register forms only: with memory, a register as bit number reaches anywhere.
  for (const unsigned at : {0xa3U, 0xabU, 0xb3U, 0xbbU}) {
    rows[at] = at == 0xa3 ? general(Width::kOperand) : to_rm(Width::kOperand);
    rows[at].needs_register = true;
    rows[at].lockable = false;
  }
  rows[0xba] = group(Width::kOperand, 0xf0, true, Immediate::k8);
  rows[0xba].lockable = true;
  rows[0xba].operations = kBits;
  for (const unsigned at : {0xa4U, 0xacU}) {
    rows[at] = with(to_rm(Width::kOperand), Immediate::k8);
    rows[at + 1] = to_rm(Width::kOperand);
    rows[at].lockable = rows[at + 1].lockable = false;
  }
  rows[0xaf] = with(to_reg(Width::kOperand), Kind::kArithmetic);
  for (const unsigned at : {0xb0U, 0xb1U}) {  // cmpxchg
    rows[at] = to_rm(at == 0xb0 ? Width::k1 : Width::kOperand);
    rows[at].implicit = kRax;
  }
  rows[0xb6] = with(to_reg(Width::kOperand, Width::k1), Kind::kMovZeroExtend);
  rows[0xb7] = with(to_reg(Width::kOperand, Width::k2), Kind::kMovZeroExtend);
  rows[0xbe] = with(to_reg(Width::kOperand, Width::k1), Kind::kArithmetic);
  rows[0xb6].extends_byte = rows[0xbe].extends_byte = true;
  rows[0xbf] = with(to_reg(Width::kOperand, Width::k2), Kind::kArithmetic);
  rows[0xbc] = rows[0xbd] = to_reg(Width::kOperand);
  rows[0xc0] = to_rm(Width::k1);
  rows[0xc1] = to_rm(Width::kOperand);
  rows[0xc0].reg_written = rows[0xc1].reg_written = true;
  for (unsigned i = 0; i < 8; ++i) {
    rows[0xc8 + i] = fixed(Kind::kPlain, Width::kOperand);  // bswap
    rows[0xc8 + i].opcode_register = OpcodeRegister::kWritten;
  }
  for (unsigned op = 0; op < 256; ++op) {
    if (!rows[op].allowed) continue;
    table[kPlainPrefix][op] = rows[op];
    if (rows[op].kind != Kind::kBranch && (op < 0xc8 || op > 0xcf)) table[k66][op] = rows[op];
  }
  Row trap = general(Width::k4);
  trap.kind = Kind::kTrap;
  trap.reg_general = trap.rm_general = false;
  trap.needs_memory = true;
  table[kPlainPrefix][0xb9] = trap;
  Row fence = fixed(Kind::kPlain);  // mfence
  fence.has_modrm = true;
  fence.needs_register = true;
  fence.groups = 0x40;
  fence.special = Special::kFence;
  table[kPlainPrefix][0xae] = fence;
  for (const unsigned op : {0xb8U, 0xbcU, 0xbdU})
    table[kF3][op] = to_reg(Width::kOperand);
  return table;
}

constexpr Table make_map0f38() {
  Table table{};
  add_vectors_0f38(table);
  for (const Prefix prefix : {kPlainPrefix, k66}) {  // movbe
    table[prefix][0xf0] = to_reg(Width::kOperand);
    table[prefix][0xf1] = to_rm(Width::kOperand);
    table[prefix][0xf0].needs_memory = table[prefix][0xf1].needs_memory = true;
    table[prefix][0xf1].lockable = false;
  }
  return table;
}

constexpr Table make_map0f3a() {
  Table table{};
  add_vectors_0f3a(table);
  table[k66][0x0f] = vector(Width::kVector, Immediate::k8);
  return table;
}

constexpr Table make_vex0f() {
  Table table{};
  add_vectors_0f(table);
  table[kPlainPrefix][0x77] = fixed(Kind::kPlain);  // vzeroupper, vzeroall
  table[kPlainPrefix][0x77].vvvv_used = false;
  return table;
}

constexpr Table make_vex0f38() {
  Table table{};
  add_vectors_0f38(table);
  constexpr Width kV = Width::kVector;
  table[k66][0x10] = table[k66][0x14] = table[k66][0x15] = {};
  const auto set = [&table](unsigned from, unsigned to, const Row& row) {
    for (unsigned op = from; op <= to; ++op)
      table[k66][op] = row;
  };
  set(0x0c, 0x0f, vector(kV));
  set(0x13, 0x13, vector(Width::kHalf));
  set(0x16, 0x16, vector(kV));
  set(0x18, 0x18, vector(Width::k4));
  set(0x19, 0x19, vector(Width::k8));
  set(0x1a, 0x1a, vector(Width::k16));
  table[k66][0x1a].needs_memory = true;
  set(0x36, 0x36, vector(kV));
  set(0x45, 0x47, vector(kV));
  set(0x58, 0x58, vector(Width::k4));
  set(0x59, 0x59, vector(Width::k8));
  set(0x5a, 0x5a, vector(Width::k16));
  table[k66][0x5a].needs_memory = true;
  set(0x78, 0x78, vector(Width::k1));
  set(0x79, 0x79, vector(Width::k2));
  for (const unsigned at : {0x96U, 0xa6U, 0xb6U}) {
    for (unsigned i = 0; i < 10; ++i) {  // fma: packed, scalar (read at most 8 bytes)
      const unsigned op = at + i;
      const bool scalar = i >= 3 && (i % 2) == 1;
      set(op, op, vector(scalar ? Width::kOperand48 : kV));
    }
  }
  // bmi1, bmi2
  Row three = to_reg(Width::kOperand48);
  three.vvvv_general = three.vvvv_used = true;
  table[kPlainPrefix][0xf2] = three;                               // andn
  table[kPlainPrefix][0xf5] = three;                               // bzhi
  table[kF3][0xf5] = three;                                        // pext
  table[kF2][0xf5] = three;                                        // pdep
  table[kPlainPrefix][0xf7] = three;                               // bextr
  table[k66][0xf7] = table[kF3][0xf7] = table[kF2][0xf7] = three;  // shlx, sarx, shrx
  Row mulx = three;
  mulx.vvvv_written = true;
  table[kF2][0xf6] = mulx;
  Row blsr = group(Width::kOperand48, 0x0e, false, Immediate::kNone);
  blsr.vvvv_general = blsr.vvvv_used = blsr.vvvv_written = true;
  table[kPlainPrefix][0xf3] = blsr;
  return table;
}

constexpr Table make_vex0f3a() {
  Table table{};
  add_vectors_0f3a(table);
  constexpr Width kV = Width::kVector;
  const auto set = [&table](unsigned from, unsigned to, const Row& row) {
    for (unsigned op = from; op <= to; ++op)
      table[k66][op] = row;
  };
  set(0x00, 0x02, vector(kV, Immediate::k8));
  set(0x04, 0x06, vector(kV, Immediate::k8));
  set(0x18, 0x18, vector(Width::k16, Immediate::k8));
  Row extract = vector_store(Width::k16);
  extract.immediate = Immediate::k8;
  set(0x19, 0x19, extract);
  set(0x1d, 0x1d, vector(kV, Immediate::k8));
  table[k66][0x1d].rm_written = true;
  set(0x38, 0x38, vector(Width::k16, Immediate::k8));
  set(0x39, 0x39, extract);
  set(0x46, 0x46, vector(kV, Immediate::k8));
  set(0x4a, 0x4c, vector(kV, Immediate::k8));
  Row rorx = to_reg(Width::kOperand48);
  rorx.immediate = Immediate::k8;
  table[kF2][0xf0] = rorx;
  return table;
}

constexpr std::array<Table, 4> make_vex() {
  std::array<Table, 4> maps = {Table{}, make_vex0f(), make_vex0f38(), make_vex0f3a()};
  for (Table& table : maps) {
    for (std::array<Row, 256>& rows : table) {
      for (Row& row : rows) {
        if (row.reg_general && row.reg_written) row.kind = Kind::kArithmetic;
      }
    }
  }
  return maps;
}

constexpr Table kMap0Rows = make_map0();
constexpr Table kMap0FRows = make_map0f();

constexpr OperationRows arithmetic_operations(const Row& row) {
  OperationRows rows{};
  for (unsigned i = 0; i < 8; ++i) {
    rows[i] = with(row, kArithmeticKinds[i]);
    if (i == 7) rows[i].rm_written = rows[i].lockable = false;
  }
  return rows;
}

constexpr OperationRows shift_operations(const Row& row) {
  OperationRows rows{};
  for (unsigned i = 0; i < 8; ++i) {
    rows[i] = with(row, i == 4 ? Kind::kShiftLeft : i == 5 ? Kind::kShiftRight : Kind::kArithmetic);
  }
  return rows;
}

/// test, not, neg, mul, imul, div, idiv
constexpr OperationRows unary_operations(const Row& row, Immediate immediate,
                                         std::uint16_t results) {
  OperationRows rows{};
  for (unsigned i = 0; i < 8; ++i) {
    rows[i] = row;
    rows[i].lockable = i == 2 || i == 3;
    if (i == 0) {
      rows[i].immediate = immediate;
    } else if (i < 4) {
      rows[i].kind = Kind::kArithmetic;
      rows[i].rm_written = true;
    } else {
      rows[i].implicit = results;
    }
  }
  return rows;
}

/// inc, dec, call, jmp
constexpr OperationRows increment_operations(const Row& row, bool may_jump) {
  OperationRows rows{};
  rows[0] = rows[1] = with(row, Kind::kArithmetic);
  if (!may_jump) return rows;
  Row jump = with(row, Kind::kJumpIndirect);
  jump.width = Width::k8;
  jump.rm_written = jump.lockable = false;
  rows[2] = with(jump, Kind::kCallIndirect);
  rows[4] = jump;
  return rows;
}

/// bt, bts, btr, btc
constexpr OperationRows bit_operations(const Row& row) {
  OperationRows rows{};
  for (unsigned i = 4; i < 8; ++i)
    rows[i] = row;
  rows[4].rm_written = rows[4].lockable = false;
  return rows;
}

}  // namespace

constinit const std::array<Table, 4> kLegacy = {kMap0Rows, kMap0FRows, make_map0f38(),
                                                make_map0f3a()};
constinit const std::array<Table, 4> kVex = make_vex();

constinit const std::array<OperationRows, 9> kOperations = {
    arithmetic_operations(kMap0Rows[kPlainPrefix][0x80]),
    arithmetic_operations(kMap0Rows[kPlainPrefix][0x83]),
    arithmetic_operations(kMap0Rows[kPlainPrefix][0x81]),
    shift_operations(kMap0Rows[kPlainPrefix][0xc1]),
    unary_operations(kMap0Rows[kPlainPrefix][0xf6], Immediate::k8, kRax),
    unary_operations(kMap0Rows[kPlainPrefix][0xf7], Immediate::kOperand, kRax | kRdx),
    increment_operations(kMap0Rows[kPlainPrefix][0xff], true),
    increment_operations(kMap0Rows[k66][0xff], false),
    bit_operations(kMap0FRows[kPlainPrefix][0xba])};

}  // namespace lind::verify
