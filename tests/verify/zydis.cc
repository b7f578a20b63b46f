#include "zydis.h"

namespace lind::testing {

std::optional<Decoded> decode_with_zydis(std::span<const std::byte> bytes) {
  static const ZydisDecoder decoder = [] {
    ZydisDecoder made;
    ZydisDecoderInit(&made, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    return made;
  }();
  Decoded decoded{};
  if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, bytes.data(), bytes.size(),
                                           &decoded.instruction, decoded.operands.data()))) {
    return std::nullopt;
  }
  return decoded;
}

std::optional<unsigned> general_register(ZydisRegister reg) {
  const ZydisRegister whole = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, reg);
  if (ZydisRegisterGetClass(whole) != ZYDIS_REGCLASS_GPR64) return std::nullopt;
  return static_cast<unsigned>(ZydisRegisterGetId(whole));
}

bool is_written(const ZydisDecodedOperand& operand) {
  return (operand.actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) != 0;
}

bool touches_memory(const Decoded& decoded, const ZydisDecodedOperand& operand) {
  return operand.type == ZYDIS_OPERAND_TYPE_MEMORY && operand.mem.type != ZYDIS_MEMOP_TYPE_AGEN &&
         decoded.instruction.mnemonic != ZYDIS_MNEMONIC_NOP &&
         decoded.instruction.mnemonic != ZYDIS_MNEMONIC_UD1;
}

}  // namespace lind::testing
