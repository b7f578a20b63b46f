/// \file
/// 3i's own calls: what grates and the host agree on.  docs/threei.md says what each call means.
/// The guest's side is guest/grate/include/lind/threei.h; tests/grates compares the two.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace lind::uapi {

/// A call as a handler is given it.  Addresses in `args` are of the memory of their `owners`.
struct GrateCall {
  std::int32_t number;
  std::uint32_t flags;   ///< kRouteReference, or kGrow
  std::uint32_t caller;  ///< the cage that made it: the one it is for, or a grate above
  std::uint32_t target;  ///< the cage it is for
  std::uint32_t grate;   ///< the cage that answers
  std::uint32_t handler;
  std::array<std::uint64_t, 6> args;
  std::array<std::uint32_t, 6> owners;
};
static_assert(sizeof(GrateCall) == 96 && offsetof(GrateCall, args) == 24);

/// make_syscall's argument.
struct SyscallRequest {
  std::int32_t number;
  std::uint32_t flags;   ///< kBeneathOwn
  std::uint64_t table;   ///< the cage whose routes decide; 0: the caller
  std::uint64_t target;  ///< the cage it is for; 0: the caller
  std::array<std::uint64_t, 6> args;
  std::array<std::uint64_t, 6> owners;  ///< 0: the caller
};
static_assert(sizeof(SyscallRequest) == 120);

/// One row of fork_interpose.
struct RouteRequest {
  std::int32_t number;
  std::uint32_t flags;
  std::uint32_t handler;
};
static_assert(sizeof(RouteRequest) == 12);

/// One row of query.
struct RouteRow {
  std::uint32_t kind;     ///< kRouteHandler, kRouteDeny, kRoutePass, kRouteMicrovisor, kRouteThreei
  std::uint32_t value;    ///< handler or errno
  std::uint32_t grate;    ///< the cage that answers; 0 if none does, or it has ended
  std::uint32_t changer;  ///< the cage that registered it; 0 if it has ended
};
static_assert(sizeof(RouteRow) == 16);

/// register_handler's number for "all that are not named".
inline constexpr std::int32_t kEveryNumber = -1;

inline constexpr std::uint32_t kRouteKindMask = 0xff;
inline constexpr std::uint32_t kRouteHandler = 0;     ///< a function of a grate
inline constexpr std::uint32_t kRouteDeny = 1;        ///< `handler` is an errno
inline constexpr std::uint32_t kRoutePass = 2;        ///< not changed by this grate: for wildcards
inline constexpr std::uint32_t kRouteMicrovisor = 3;  ///< query only
inline constexpr std::uint32_t kRouteThreei = 4;      ///< query only
/// The handler has the reference's signature: u64 parameters, an i32 result.
inline constexpr std::uint32_t kRouteReference = 0x100;
/// Not a call of a cage: the grate is to make one more activation.
inline constexpr std::uint32_t kGrow = 0x10000;

/// make_syscall: not what `table` says, but what lies there beneath the caller's own layer.
inline constexpr std::uint32_t kBeneathOwn = 1;

/// copy_data_between_cages: stop behind a NUL.
inline constexpr std::uint32_t kCopyString = 1;

/// Numbers below are Linux's, which a wildcard covers.
inline constexpr std::int32_t kLinuxNumbers = 1000;
/// Numbers that mean something to grates alone: [kFirstPrivateNumber, kEndPrivateNumbers).
inline constexpr std::int32_t kFirstPrivateNumber = 2000;
inline constexpr std::int32_t kEndPrivateNumbers = 4096;

/// Numbers of what the host tells grates, beside exit_notice: [kFirstEvent, kSyscallLimit).
inline constexpr std::int32_t kFirstEvent = 4160;

}  // namespace lind::uapi
