/// \file
/// Builds objects for tests, good and bad ones.

#pragma once

#include <elf.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "vmabi/object_format.h"

namespace lind::object {

/// Collects sections and writes them as an ELF file.
class ObjectBuilder {
 public:
  struct Part {
    std::string name;
    std::uint64_t address = 0;
    std::vector<std::byte> bytes;
  };

  /// Replaces or adds section `name`.
  void set_bytes(std::string_view name, std::span<const std::byte> bytes,
                 std::uint64_t address = 0) {
    for (Part& part : parts_) {
      if (part.name != name) continue;
      part.bytes.assign(bytes.begin(), bytes.end());
      part.address = address;
      return;
    }
    parts_.push_back({std::string(name), address, {bytes.begin(), bytes.end()}});
  }
  template <typename T>
  void set(std::string_view name, const std::vector<T>& records) {
    set_bytes(name, std::as_bytes(std::span(records)));
  }
  void remove(std::string_view name) {
    std::erase_if(parts_, [name](const Part& part) { return part.name == name; });
  }

  /// Puts `text` into the pool.
  vmabi::Slice add(std::string_view text) {
    const vmabi::Slice slice{static_cast<std::uint32_t>(pool_.size()),
                             static_cast<std::uint32_t>(text.size())};
    const auto bytes = std::as_bytes(std::span(text));
    pool_.insert(pool_.end(), bytes.begin(), bytes.end());
    return slice;
  }

  std::vector<std::byte> build() {
    set_bytes(vmabi::kSectionPool, pool_);
    std::string names(1, '\0');
    std::vector<Elf64_Shdr> headers(1);
    std::vector<std::byte> file(sizeof(Elf64_Ehdr));
    const auto append = [&](std::string_view name, std::span<const std::byte> bytes,
                            std::uint64_t address) {
      Elf64_Shdr header{};
      header.sh_name = static_cast<Elf64_Word>(names.size());
      header.sh_type = SHT_PROGBITS;
      header.sh_addr = address;
      header.sh_offset = file.size();
      header.sh_size = bytes.size();
      headers.push_back(header);
      names += name;
      names += '\0';
      file.insert(file.end(), bytes.begin(), bytes.end());
    };
    for (const Part& part : parts_)
      append(part.name, part.bytes, part.address);
    const std::string all_names = names + ".shstrtab" + '\0';
    append(".shstrtab", std::as_bytes(std::span(all_names)), 0);

    Elf64_Ehdr header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = ET_DYN;
    header.e_machine = EM_X86_64;
    header.e_version = EV_CURRENT;
    header.e_shoff = file.size();
    header.e_ehsize = sizeof(Elf64_Ehdr);
    header.e_shentsize = sizeof(Elf64_Shdr);
    header.e_shnum = static_cast<Elf64_Half>(headers.size());
    header.e_shstrndx = static_cast<Elf64_Half>(headers.size() - 1);
    std::memcpy(file.data(), &header, sizeof(header));
    const auto bytes = std::as_bytes(std::span(headers));
    file.insert(file.end(), bytes.begin(), bytes.end());
    return file;
  }

 private:
  std::vector<Part> parts_;
  std::vector<std::byte> pool_;
};

}  // namespace lind::object
