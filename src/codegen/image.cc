#include <algorithm>
#include <compare>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <fmt/core.h>
#include <llvm/BinaryFormat/ELF.h>
#include <llvm/Object/ELF.h>

#include "base/checked.h"
#include "base/units.h"
#include "codegen/image_internal.h"
#include "codegen/symbols_internal.h"

namespace lind::codegen {
namespace {

using Elf = llvm::object::ELFFile<llvm::object::ELF64LE>;
using Section = Elf::Elf_Shdr;
using Symbol = Elf::Elf_Sym;
using Relocation = Elf::Elf_Rela;

constexpr std::byte kPadding{0xcc};  // int3
constexpr std::uint64_t kTextAlignment = 16;
/// The guard below a native stack is 64 KiB; no frame may step over it.
constexpr std::uint32_t kMaxFrameBytes = 60 * 1024;

std::string_view view(llvm::StringRef text) {
  return {text.data(), text.size()};
}

Error internal_error(std::string_view what) {
  return Error(fmt::format("internal error: {}", what));
}

template <typename T>
ErrorOr<T> unwrap(llvm::Expected<T> value) {
  if (!value) return internal_error(llvm::toString(value.takeError()));
  return std::move(*value);
}

enum class Part : std::uint8_t { kNone, kText, kRodata };

/// Where a section of a chunk went.
struct Placement {
  Part part = Part::kNone;
  std::uint64_t offset = 0;  ///< in the part
};

struct PlacedChunk {
  const TargetOutput* output;
  Elf elf;
  llvm::ArrayRef<Section> sections;
  llvm::ArrayRef<Symbol> symbols;
  llvm::StringRef strings;
  std::vector<Placement> placements;  ///< by section
};

/// A section of code that has no place yet.
struct CodeSection {
  std::uint64_t rank;  ///< the lowest comes first
  std::size_t chunk;
  std::size_t section;
  auto operator<=>(const CodeSection&) const = default;
};

class Linker {
 public:
  Linker(std::size_t num_functions, std::span<const std::uint32_t> first)
      : rank_(num_functions, kLast) {
    image_.functions.resize(num_functions);
    image_.adapters.resize(num_functions);
    for (std::size_t i = 0; i < first.size(); ++i)
      rank_[first[i]] = i;
  }

  /// Places its constants; its code waits for what may come before it.
  ErrorOr<void> add(const TargetOutput& output) {
    const Elf elf = LIND_TRY(unwrap(Elf::create({output.object.data(), output.object.size()})));
    const llvm::ArrayRef<Section> sections = LIND_TRY(unwrap(elf.sections()));
    PlacedChunk chunk{&output, elf, sections, {}, {}, std::vector<Placement>(sections.size())};
    for (std::size_t i = 0; i < chunk.sections.size(); ++i) {
      const Section& section = chunk.sections[i];
      if (section.sh_type == llvm::ELF::SHT_SYMTAB) {
        chunk.symbols = LIND_TRY(unwrap(chunk.elf.symbols(&section)));
        chunk.strings = LIND_TRY(unwrap(chunk.elf.getStringTableForSymtab(section)));
      } else if ((section.sh_flags & llvm::ELF::SHF_ALLOC) == 0 || section.sh_size == 0) {
        continue;
      } else if ((section.sh_flags & llvm::ELF::SHF_EXECINSTR) != 0) {
        const std::string_view name = view(LIND_TRY(unwrap(elf.getSectionName(section))));
        code_.push_back({.rank = rank_of(name), .chunk = chunks_.size(), .section = i});
      } else {
        chunk.placements[i] = LIND_TRY(place_section(chunk.elf, section));
      }
    }
    chunks_.push_back(std::move(chunk));
    return {};
  }

  ErrorOr<Image> finish() {
    std::ranges::sort(code_);
    for (const CodeSection& code : code_) {
      PlacedChunk& chunk = chunks_[code.chunk];
      chunk.placements[code.section] =
          LIND_TRY(place_section(chunk.elf, chunk.sections[code.section]));
    }
    for (const PlacedChunk& chunk : chunks_)
      LIND_TRY(define_symbols(chunk));
    image_.rodata_offset = static_cast<std::uint32_t>(align_up(image_.text.size(), kHostPageSize));
    if (image_.rodata_offset + image_.rodata.size() > kGiB) {
      return Error(fmt::format("machine code of {} bytes is too large", image_.text.size()));
    }
    for (const PlacedChunk& chunk : chunks_) {
      for (const Section& section : chunk.sections) {
        if (section.sh_type == llvm::ELF::SHT_RELA) LIND_TRY(relocate_section(chunk, section));
      }
    }
    sort_records();
    LIND_TRY(assign_landing_pads());
    return std::move(image_);
  }

 private:
  static constexpr std::uint64_t kLast = ~std::uint64_t{0};

  // There is a section for every function.
  std::uint64_t rank_of(std::string_view section) const {
    constexpr std::string_view kPrefix = ".text.";
    if (!section.starts_with(kPrefix)) return kLast;
    section.remove_prefix(kPrefix.size());
    for (const char kind : {'f', 'e'}) {
      const auto index = index_in_symbol(kind, section);
      if (index && *index < rank_.size()) return rank_[*index];
    }
    return kLast;
  }

  ErrorOr<void> define_symbols(const PlacedChunk& chunk) {
    std::unordered_map<std::string_view, const FrameLayout*> frames;
    for (const FrameLayout& frame : chunk.output->frames)
      frames.emplace(frame.symbol, &frame);
    for (const Symbol& symbol : chunk.symbols)
      LIND_TRY(define(chunk, symbol, frames));
    return {};
  }

  ErrorOr<Placement> place_section(const Elf& elf, const Section& section) {
    const std::string_view name = view(LIND_TRY(unwrap(elf.getSectionName(section))));
    const bool is_text = (section.sh_flags & llvm::ELF::SHF_EXECINSTR) != 0;
    if (section.sh_type != llvm::ELF::SHT_PROGBITS ||
        (section.sh_flags & llvm::ELF::SHF_WRITE) != 0) {
      return internal_error(fmt::format("section {} in generated code", name));
    }
    std::vector<std::byte>& part = is_text ? image_.text : image_.rodata;
    const std::uint64_t alignment =
        std::max<std::uint64_t>(section.sh_addralign, is_text ? kTextAlignment : 1);
    const Placement placement{is_text ? Part::kText : Part::kRodata,
                              align_up(part.size(), alignment)};
    part.resize(placement.offset, is_text ? kPadding : std::byte{0});
    const llvm::ArrayRef<std::uint8_t> bytes = LIND_TRY(unwrap(elf.getSectionContents(section)));
    const auto source = std::as_bytes(std::span(bytes.data(), bytes.size()));
    part.insert(part.end(), source.begin(), source.end());
    return placement;
  }

  std::uint64_t image_offset(const Placement& placement) const {
    return placement.offset + (placement.part == Part::kRodata ? image_.rodata_offset : 0);
  }

  ErrorOr<void> define(const PlacedChunk& chunk, const Symbol& symbol,
                       const std::unordered_map<std::string_view, const FrameLayout*>& frames) {
    if (symbol.st_shndx == llvm::ELF::SHN_UNDEF) return {};
    const std::string_view name = view(LIND_TRY(unwrap(symbol.getName(chunk.strings))));
    if (symbol.getType() == llvm::ELF::STT_NOTYPE && symbol.st_shndx < chunk.placements.size()) {
      note_landing(name, chunk.placements[symbol.st_shndx].offset + symbol.st_value);
      return {};
    }
    if (symbol.getType() != llvm::ELF::STT_FUNC) return {};
    CodeRange* range = find_function(name);
    const auto frame = frames.find(name);
    if (range == nullptr || frame == frames.end()) {
      return internal_error(fmt::format("function {} in generated code", name));
    }
    if (frame->second->frame_bytes > kMaxFrameBytes) {
      return Error(fmt::format("function {} needs a frame of {} bytes, at most {} are supported",
                               name.substr(1), frame->second->frame_bytes, kMaxFrameBytes));
    }
    const std::uint64_t offset = chunk.placements[symbol.st_shndx].offset + symbol.st_value;
    *range = {static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(symbol.st_size),
              frame->second->frame_bytes, frame->second->saved_regs};
    return {};
  }

  // "p:f1:0" is a landing pad, "c:f1:0:3" a call that has it.
  void note_landing(std::string_view name, std::uint64_t offset) {
    const auto at = static_cast<std::uint32_t>(offset);
    if (name.starts_with(kLandingPadPrefix)) {
      pads_.emplace(name.substr(2), at);
    } else if (name.starts_with(kLandingCallPrefix)) {
      name.remove_prefix(2);
      landing_calls_.emplace(at, name.substr(0, name.rfind(':')));
    }
  }

  ErrorOr<void> assign_landing_pads() {
    std::size_t num_assigned = 0;
    for (vmabi::CallSiteRecord& site : image_.call_sites) {
      const auto call = landing_calls_.find(site.return_offset);
      if (call == landing_calls_.end()) continue;
      const auto pad = pads_.find(call->second);
      if (pad == pads_.end()) {
        return internal_error(fmt::format("no landing pad {}", call->second));
      }
      site.landing_pad = pad->second;
      ++num_assigned;
    }
    if (num_assigned == landing_calls_.size()) return {};
    return internal_error("a landing pad belongs to no call");
  }

  CodeRange* find_function(std::string_view name) {
    if (const auto index = index_in_symbol('f', name)) return &image_.functions[*index];
    if (const auto index = index_in_symbol('e', name)) return &image_.adapters[*index];
    return nullptr;
  }

  ErrorOr<void> relocate_section(const PlacedChunk& chunk, const Section& section) {
    const Placement target = chunk.placements[section.sh_info];
    if (target.part == Part::kNone) return {};
    for (const Relocation& relocation : LIND_TRY(unwrap(chunk.elf.relas(section)))) {
      const Symbol& symbol = chunk.symbols[relocation.getSymbol(false)];
      LIND_TRY(relocate(chunk, relocation, symbol, target));
    }
    return {};
  }

  ErrorOr<void> relocate(const PlacedChunk& chunk, const Relocation& relocation,
                         const Symbol& symbol, const Placement& target) {
    const std::string_view name = view(LIND_TRY(unwrap(symbol.getName(chunk.strings))));
    const std::uint64_t place = image_offset(target) + relocation.r_offset;
    std::vector<std::byte>& part = target.part == Part::kText ? image_.text : image_.rodata;
    const std::uint64_t at = target.offset + relocation.r_offset;
    const std::int64_t addend = relocation.r_addend;
    switch (relocation.getType(false)) {
      case llvm::ELF::R_X86_64_NONE:
        return note_mark(name, place, addend);
      case llvm::ELF::R_X86_64_32S:
        if (name == kFsSymbol) {
          image_.fs_sites.push_back(static_cast<std::uint32_t>(place));
        } else if (name != kGsSymbol) {
          return internal_error(fmt::format("absolute reference to {}", describe(chunk, symbol)));
        }
        return write_disp32(part, at, addend);
      case llvm::ELF::R_X86_64_PC32:
      case llvm::ELF::R_X86_64_PLT32: {
        const std::uint64_t value = LIND_TRY(address_of(chunk, symbol, name));
        return write_disp32(part, at, static_cast<std::int64_t>(value - place) + addend);
      }
      default:
        return internal_error(fmt::format("relocation {} against {}", relocation.getType(false),
                                          describe(chunk, symbol)));
    }
  }

  ErrorOr<void> note_mark(std::string_view name, std::uint64_t place, std::int64_t value) {
    if (name == kTrapSymbol) {
      image_.traps.push_back(
          {static_cast<std::uint32_t>(place), static_cast<std::uint32_t>(value)});
    } else if (name == kCallSymbol) {
      image_.call_sites.push_back(
          {static_cast<std::uint32_t>(place), vmabi::kNoIndex, 0, vmabi::kNoIndex});
    } else {
      return internal_error(fmt::format("mark for {}", name));
    }
    return {};
  }

  ErrorOr<std::uint64_t> address_of(const PlacedChunk& chunk, const Symbol& symbol,
                                    std::string_view name) {
    if (symbol.st_shndx != llvm::ELF::SHN_UNDEF) {
      if (symbol.st_shndx >= chunk.placements.size() ||
          chunk.placements[symbol.st_shndx].part == Part::kNone) {
        return internal_error(fmt::format("reference to {}", describe(chunk, symbol)));
      }
      return image_offset(chunk.placements[symbol.st_shndx]) + symbol.st_value;
    }
    if (name == kImageSymbol) return std::uint64_t{0};
    const CodeRange* range = find_function(name);
    if (range == nullptr || range->size == 0) {
      return internal_error(fmt::format("generated code needs {}", name));
    }
    return std::uint64_t{range->offset};
  }

  static std::string describe(const PlacedChunk& chunk, const Symbol& symbol) {
    llvm::Expected<llvm::StringRef> name = symbol.getName(chunk.strings);
    if (!name) return llvm::toString(name.takeError());
    return name->empty() ? fmt::format("section {}", symbol.st_shndx.value()) : name->str();
  }

  static ErrorOr<void> write_disp32(std::vector<std::byte>& part, std::uint64_t at,
                                    std::int64_t value) {
    const auto narrow_value = narrow<std::int32_t>(value);
    if (!narrow_value || !range_fits<std::uint64_t>(at, 4, part.size())) {
      return internal_error(fmt::format("displacement {} does not fit", value));
    }
    std::memcpy(part.data() + at, &*narrow_value, sizeof *narrow_value);
    return {};
  }

  void sort_records() {
    const auto by_offset = [](const auto& a, const auto& b) { return a.offset < b.offset; };
    std::ranges::sort(image_.fs_sites);
    std::ranges::sort(image_.traps, by_offset);
    std::ranges::sort(image_.call_sites, {}, &vmabi::CallSiteRecord::return_offset);
    struct Owner {
      std::uint32_t offset;
      std::uint32_t function;
      std::uint32_t frame_bytes;
    };
    std::vector<Owner> owners;
    for (std::size_t i = 0; i < image_.functions.size(); ++i) {
      const CodeRange& code = image_.functions[i];
      owners.push_back({code.offset, static_cast<std::uint32_t>(i), code.frame_bytes});
    }
    for (const CodeRange& code : image_.adapters) {
      if (code.size != 0) owners.push_back({code.offset, vmabi::kNoIndex, code.frame_bytes});
    }
    std::ranges::sort(owners, by_offset);
    std::size_t owner = 0;
    for (vmabi::CallSiteRecord& site : image_.call_sites) {
      // The return address may be the end of the function when its last call does not return.
      while (owner + 1 < owners.size() && owners[owner + 1].offset < site.return_offset)
        ++owner;
      site.function = owners[owner].function;
      site.frame_bytes = owners[owner].frame_bytes;
    }
  }

  Image image_;
  std::vector<std::uint64_t> rank_;  ///< by function
  std::vector<PlacedChunk> chunks_;
  std::vector<CodeSection> code_;
  // Their names lie in the chunks.
  std::unordered_map<std::string_view, std::uint32_t> pads_;
  std::unordered_map<std::uint32_t, std::string_view> landing_calls_;
};

}  // namespace

ErrorOr<Image> link_image(std::span<const TargetOutput* const> chunks, std::size_t num_functions,
                          std::span<const std::uint32_t> first) {
  Linker linker(num_functions, first);
  for (const TargetOutput* chunk : chunks)
    LIND_TRY(linker.add(*chunk));
  return linker.finish();
}

}  // namespace lind::codegen
