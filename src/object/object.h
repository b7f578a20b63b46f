/// \file
/// Reads a compiled object.  TCB: every field of the file is hostile.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "vmabi/object_format.h"

namespace lind::object {

/// The checked records of one object.
///
/// Every index, slice and offset in it has been checked against what it refers to, counts are
/// bounded, so users index without a second check.
/// Ownership: owns copies of all records and of the pool; the image stays in the caller's bytes.
class Object {
 public:
  /// `bytes` must stay readable during the call only.
  /// Errors: "section .lind.types has 13 bytes, records have 24" and the like.
  static ErrorOr<Object> parse(std::span<const std::byte> bytes);

  const vmabi::HeaderRecord& header() const noexcept { return header_; }
  std::span<const vmabi::TypeRecord> types() const noexcept { return types_; }
  std::span<const vmabi::ImportRecord> imports() const noexcept { return imports_; }
  std::span<const vmabi::ExportRecord> exports() const noexcept { return exports_; }
  std::span<const vmabi::FunctionRecord> functions() const noexcept { return functions_; }
  std::span<const vmabi::TableRecord> tables() const noexcept { return tables_; }
  std::span<const vmabi::MemoryRecord> memories() const noexcept { return memories_; }
  std::span<const vmabi::GlobalRecord> globals() const noexcept { return globals_; }
  std::span<const vmabi::TagRecord> tags() const noexcept { return tags_; }
  std::span<const vmabi::ElemRecord> elems() const noexcept { return elems_; }
  std::span<const vmabi::ConstExpr> elem_items() const noexcept { return elem_items_; }
  std::span<const vmabi::ConstStepRecord> const_steps() const noexcept { return const_steps_; }
  std::span<const vmabi::DataRecord> data() const noexcept { return data_; }
  std::span<const vmabi::CallSiteRecord> call_sites() const noexcept { return call_sites_; }
  std::span<const vmabi::TrapRecord> traps() const noexcept { return traps_; }
  std::span<const std::uint32_t> fs_sites() const noexcept { return fs_sites_; }
  std::span<const std::byte> key() const noexcept { return key_; }

  /// What a slice of a record names.
  std::span<const std::byte> bytes(vmabi::Slice slice) const noexcept;
  std::string_view text(vmabi::Slice slice) const noexcept;
  std::size_t pool_size() const noexcept { return pool_.size(); }

  /// Where .text and .rodata lie in the file.
  struct FileRange {
    std::uint64_t offset;
    std::uint64_t size;
  };
  FileRange text_range() const noexcept { return text_range_; }
  FileRange rodata_range() const noexcept { return rodata_range_; }

 private:
  Object() = default;
  vmabi::HeaderRecord header_{};
  std::vector<vmabi::TypeRecord> types_;
  std::vector<vmabi::ImportRecord> imports_;
  std::vector<vmabi::ExportRecord> exports_;
  std::vector<vmabi::FunctionRecord> functions_;
  std::vector<vmabi::TableRecord> tables_;
  std::vector<vmabi::MemoryRecord> memories_;
  std::vector<vmabi::GlobalRecord> globals_;
  std::vector<vmabi::TagRecord> tags_;
  std::vector<vmabi::ElemRecord> elems_;
  std::vector<vmabi::ConstExpr> elem_items_;
  std::vector<vmabi::ConstStepRecord> const_steps_;
  std::vector<vmabi::DataRecord> data_;
  std::vector<vmabi::CallSiteRecord> call_sites_;
  std::vector<vmabi::TrapRecord> traps_;
  std::vector<std::uint32_t> fs_sites_;
  std::vector<std::byte> key_;
  std::vector<std::byte> pool_;
  FileRange text_range_{};
  FileRange rodata_range_{};
};

}  // namespace lind::object
