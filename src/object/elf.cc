#include <elf.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "base/checked.h"
#include "object/elf_internal.h"

namespace lind::object {
namespace {

// We write fewer than 30; a bound keeps the search for duplicates small.
constexpr std::size_t kMaxSections = 128;

template <typename T>
std::optional<T> read_at(std::span<const std::byte> file, std::uint64_t offset) {
  if (!range_fits<std::uint64_t>(offset, sizeof(T), file.size())) return std::nullopt;
  T value{};
  std::memcpy(&value, file.data() + offset, sizeof(T));
  return value;
}

std::string_view as_text(std::span<const std::byte> bytes) {
  const void* start = bytes.data();
  return {static_cast<const char*>(start), bytes.size()};
}

ErrorOr<Elf64_Ehdr> read_header(std::span<const std::byte> file) {
  const std::optional<Elf64_Ehdr> header = read_at<Elf64_Ehdr>(file, 0);
  if (!header) return Error(fmt::format("not an object: {} bytes", file.size()));
  if (std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) {
    return Error("not an object: no ELF magic");
  }
  if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB ||
      header->e_ident[EI_VERSION] != EV_CURRENT || header->e_machine != EM_X86_64 ||
      header->e_type != ET_DYN) {
    return Error("not an object: not an ELF64 shared object for x86-64");
  }
  if (header->e_shentsize != sizeof(Elf64_Shdr)) {
    return Error(fmt::format("section headers have {} bytes, expected {}", header->e_shentsize,
                             sizeof(Elf64_Shdr)));
  }
  if (header->e_shnum > kMaxSections) {
    return Error(fmt::format("{} sections, at most {} are read", header->e_shnum, kMaxSections));
  }
  return *header;
}

ErrorOr<std::span<const std::byte>> contents(std::span<const std::byte> file,
                                             const Elf64_Shdr& section, std::size_t index) {
  if (!range_fits<std::uint64_t>(section.sh_offset, section.sh_size, file.size())) {
    return Error(fmt::format("section {} has {} bytes at {}, file has {} bytes", index,
                             section.sh_size, section.sh_offset, file.size()));
  }
  return file.subspan(section.sh_offset, section.sh_size);
}

ErrorOr<std::string_view> name_at(std::string_view names, std::uint32_t offset, std::size_t index) {
  if (offset < names.size()) {
    const std::string_view rest = names.substr(offset);
    const std::size_t end = rest.find('\0');
    if (end != std::string_view::npos) return rest.substr(0, end);
  }
  return Error(fmt::format("section {} has its name at {}, names have {} bytes", index, offset,
                           names.size()));
}

struct SectionHeaders {
  std::vector<Elf64_Shdr> all;
  std::string_view names;
};

ErrorOr<SectionHeaders> read_section_headers(std::span<const std::byte> file) {
  const Elf64_Ehdr header = LIND_TRY(read_header(file));
  if (!range_fits<std::uint64_t>(header.e_shoff, header.e_shnum * sizeof(Elf64_Shdr),
                                 file.size())) {
    return Error(fmt::format("{} section headers at {}, file has {} bytes", header.e_shnum,
                             header.e_shoff, file.size()));
  }
  if (header.e_shstrndx >= header.e_shnum) {
    return Error(
        fmt::format("names are in section {}, there are {}", header.e_shstrndx, header.e_shnum));
  }
  SectionHeaders headers;
  headers.all.resize(header.e_shnum);
  std::memcpy(headers.all.data(), file.data() + header.e_shoff,
              headers.all.size() * sizeof(Elf64_Shdr));
  headers.names =
      as_text(LIND_TRY(contents(file, headers.all[header.e_shstrndx], header.e_shstrndx)));
  return headers;
}

}  // namespace

ErrorOr<std::vector<Section>> read_sections(std::span<const std::byte> file) {
  const SectionHeaders headers = LIND_TRY(read_section_headers(file));
  std::vector<Section> sections;
  for (std::size_t i = 0; i < headers.all.size(); ++i) {
    const Elf64_Shdr& header = headers.all[i];
    if (header.sh_type == SHT_NULL || header.sh_type == SHT_NOBITS) continue;
    const std::string_view name = LIND_TRY(name_at(headers.names, header.sh_name, i));
    if (find_section(sections, name) != nullptr) {
      return Error(fmt::format("section {} has the name of an earlier one", i));
    }
    sections.push_back({.name = name,
                        .address = header.sh_addr,
                        .offset = header.sh_offset,
                        .bytes = LIND_TRY(contents(file, header, i))});
  }
  return sections;
}

const Section* find_section(std::span<const Section> sections, std::string_view name) {
  const auto found = std::ranges::find(sections, name, &Section::name);
  return found == sections.end() ? nullptr : &*found;
}

}  // namespace lind::object
