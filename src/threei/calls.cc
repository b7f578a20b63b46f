// 3i's own calls.  docs/threei.md.
//
// Authority, in one place: may_route, reachable_memory and find_target.  A cage controls its
// descendants (Lineage); everything else is EPERM.

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "threei/cage.h"
#include "threei/copy_internal.h"
#include "threei/links_internal.h"
#include "uapi/threei.h"

namespace lind::threei {
namespace {

using uapi::Errno;
using SysResult = Result<std::int64_t>;

constexpr std::uint64_t kMaxCopyBytes = 0x7ffff000;
constexpr std::uint64_t kMaxForkRoutes = uapi::kSyscallLimit;
constexpr std::uint32_t kMaxErrno = 511;  ///< those above are the host's own

CageId cage_id(std::uint64_t number) noexcept {
  // Numbers beyond 32 bits name nobody.
  return CageId{number > UINT32_MAX ? UINT32_MAX : static_cast<std::uint32_t>(number)};
}

// Calls that wait on this host thread, innermost first.
template <typename Predicate>
const Call* find_waiting(const Call& call, Predicate matches) {
  const Links* links = find_links(call.calling);
  while (links != nullptr && links->answering != nullptr) {
    if (matches(*links->answering)) return links->answering;
    links = find_links(links->answering->calling);
  }
  return nullptr;
}

// --- whom a cage may touch ----------------------------------------------------------------------

// A living cage that `who` is or controls.  Errors: ESRCH (nobody), EPERM.
Result<std::shared_ptr<Cage>> controlled_or_self(Cage& who, std::uint64_t number) {
  const CageId id = number == 0 ? who.id() : cage_id(number);
  std::shared_ptr<Cage> found = who.switchboard().find(id);
  if (found == nullptr) return Errno::kESRCH;
  if (found.get() != &who && !who.controls(*found)) return Errno::kEPERM;
  return found;
}

// --- register_handler ---------------------------------------------------------------------------

bool has_signature(const object::Object& object, const vmabi::TypeRecord& type, bool reference) {
  const auto is = [](std::byte given, vmabi::ValueKind wanted) {
    return given == std::byte{static_cast<std::uint8_t>(wanted)};
  };
  const std::span<const std::byte> params = object.bytes(type.params);
  const std::span<const std::byte> results = object.bytes(type.results);
  if (results.size() != 1) return false;
  if (!reference) {
    return params.size() == 1 && is(params[0], vmabi::ValueKind::kI32) &&
           is(results[0], vmabi::ValueKind::kI64);
  }
  constexpr std::size_t kMaxReferenceParams = 13;  // the cage and six arguments with their owners
  return params.size() <= kMaxReferenceParams && is(results[0], vmabi::ValueKind::kI32) &&
         std::ranges::all_of(params,
                             [&](std::byte kind) { return is(kind, vmabi::ValueKind::kI64); });
}

// Errors: EINVAL (no function, or one of another type, or a program without activations).
Result<void> check_handler(const runtime::Instance& instance, std::uint32_t handler,
                           std::uint32_t flags) {
  if (!instance.find_function("lind_grate_entry").has_value()) return Errno::kEINVAL;
  const vmabi::TypeRecord* const type = instance.table_function_type(handler);
  const bool reference = (flags & uapi::kRouteReference) != 0;
  if (type == nullptr || !has_signature(instance.program().object(), *type, reference)) {
    return Errno::kEINVAL;
  }
  return {};
}

// A child that is still the program its parent forked speaks for it: the reference's grates have
// their child route itself to them before it executes the application.
bool speaks_for_parent(Cage& child, const Cage& parent) {
  if (child.lineage()->parent() != parent.lineage().get() || child.has_executed()) return false;
  const std::shared_ptr<runtime::Instance> own = child.current_instance();
  const std::shared_ptr<runtime::Instance> other = parent.current_instance();
  return own != nullptr && other != nullptr && &own->program() == &other->program();
}

struct RouteWish {
  std::int32_t number;
  std::uint32_t flags;
  std::uint32_t handler;
};

// The layer that `who` asks for, leading to `grate`.
Result<Layer> make_layer(const std::shared_ptr<const Lineage>& owner, Cage& grate,
                         const RouteWish& wish) {
  Layer layer;
  layer.owner = owner;
  if ((wish.flags & ~(uapi::kRouteKindMask | uapi::kRouteReference)) != 0) return Errno::kEINVAL;
  switch (wish.flags & uapi::kRouteKindMask) {
    case uapi::kRouteHandler: {
      const std::shared_ptr<runtime::Instance> instance = grate.current_instance();
      if (instance == nullptr) return Errno::kESRCH;
      LIND_TRY(check_handler(*instance, wish.handler, wish.flags));
      layer.kind = Layer::Kind::kTarget;
      layer.target =
          std::make_shared<const Target>(Target{.grate = grate.grate(),
                                                .handler = wish.handler,
                                                .flags = wish.flags & uapi::kRouteReference});
      return layer;
    }
    case uapi::kRouteDeny:
      if (wish.handler == 0 || wish.handler > kMaxErrno) return Errno::kEINVAL;
      layer.kind = Layer::Kind::kDeny;
      layer.error = static_cast<Errno>(wish.handler);
      return layer;
    case uapi::kRoutePass:
      layer.kind = Layer::Kind::kPass;
      return layer;
    default:
      return Errno::kEINVAL;
  }
}

// How a grate reaches what lies beneath it is not for others to answer.
bool is_routable(std::int32_t number) noexcept {
  return number != static_cast<std::int32_t>(uapi::SyscallNo::k_make_syscall) &&
         number != static_cast<std::int32_t>(uapi::SyscallNo::k_forward);
}

// (target, number, handler, flags, grate)
SysResult register_handler(const Call& call) {
  Cage& who = call.acting;
  const std::shared_ptr<Cage> target = LIND_TRY(controlled_or_self(who, call.args[0]));
  const RouteWish wish{.number = static_cast<std::int32_t>(call.args[1]),
                       .flags = static_cast<std::uint32_t>(call.args[3]),
                       .handler = static_cast<std::uint32_t>(call.args[2])};
  if (!is_routable(wish.number)) return Errno::kEINVAL;
  const std::uint64_t grate_number = call.args[4] == 0 ? to_u32(who.id()) : call.args[4];
  const std::shared_ptr<Cage> grate = who.switchboard().find(cage_id(grate_number));
  if (grate == nullptr) return Errno::kESRCH;
  std::shared_ptr<const Lineage> owner = who.lineage();
  const bool to_handler = (wish.flags & uapi::kRouteKindMask) == uapi::kRouteHandler;
  if (grate.get() != &who && !who.controls(*grate)) {
    if (target.get() != &who || !speaks_for_parent(who, *grate)) return Errno::kEPERM;
    owner = grate->lineage();  // it is the parent's to take away
  } else if (to_handler && grate == target) {
    return Errno::kEPERM;  // a route to oneself
  }
  Layer layer = LIND_TRY(make_layer(owner, *grate, wish));
  LIND_TRY(target->routes().add(wish.number, std::move(layer)));
  return 0;
}

// (target, number)
SysResult deregister_handler(const Call& call) {
  const std::shared_ptr<Cage> target = LIND_TRY(controlled_or_self(call.acting, call.args[0]));
  LIND_TRY(
      target->routes().remove(static_cast<std::int32_t>(call.args[1]), *call.acting.lineage()));
  return 0;
}

// (source, target)
SysResult copy_handler_table(const Call& call) {
  Cage& who = call.acting;
  const std::shared_ptr<Cage> source = LIND_TRY(controlled_or_self(who, call.args[0]));
  const std::shared_ptr<Cage> target = LIND_TRY(controlled_or_self(who, call.args[1]));
  if (source == target) return 0;
  LIND_TRY(target->routes().copy_from(*source->routes().snapshot(), *who.lineage()));
  return 0;
}

// (target)
SysResult seal(const Call& call) {
  const std::shared_ptr<Cage> target = LIND_TRY(controlled_or_self(call.acting, call.args[0]));
  target->routes().seal();
  return 0;
}

// --- query --------------------------------------------------------------------------------------

uapi::RouteRow row_of(const Layer& layer) {
  uapi::RouteRow row{
      .kind = uapi::kRoutePass, .value = 0, .grate = 0, .changer = to_u32(layer.owner->cage())};
  if (layer.kind == Layer::Kind::kDeny) {
    row.kind = uapi::kRouteDeny;
    row.value = static_cast<std::uint32_t>(layer.error);
  } else if (layer.kind == Layer::Kind::kTarget) {
    row.kind = uapi::kRouteHandler;
    row.value = layer.target->handler;
    row.grate = layer.target->grate->closed() ? 0 : to_u32(layer.target->grate->id());
  }
  return row;
}

uapi::RouteRow bottom_row(Route bottom) {
  switch (bottom.kind()) {
    case Route::Kind::kMicrovisor:
      return {.kind = uapi::kRouteMicrovisor, .value = 0, .grate = 0, .changer = 0};
    case Route::Kind::kThreei:
      return {.kind = uapi::kRouteThreei, .value = 0, .grate = 0, .changer = 0};
    case Route::Kind::kGrate:  // a bottom is never one
    case Route::Kind::kDeny:
      break;
  }
  return {.kind = uapi::kRouteDeny,
          .value = static_cast<std::uint32_t>(bottom.error()),
          .grate = 0,
          .changer = 0};
}

// (target, number, rows, count) -> number of rows there are, topmost first
SysResult query(const Call& call) {
  const std::shared_ptr<Cage> target = LIND_TRY(controlled_or_self(call.acting, call.args[0]));
  const RouteSnapshot::Stack stack =
      LIND_TRY(target->routes().stack(static_cast<std::int32_t>(call.args[1])));
  std::vector<uapi::RouteRow> rows;
  for (auto layer = stack.layers.rbegin(); layer != stack.layers.rend(); ++layer)
    rows.push_back(row_of(*layer));
  rows.push_back(bottom_row(stack.bottom));
  const auto out = call.pointer<uapi::RouteRow>(2);
  const std::uint64_t room = std::min<std::uint64_t>(call.args[3], rows.size());
  for (std::uint64_t i = 0; i < room; ++i)
    LIND_TRY(out.element(i).write(rows[i]));
  return static_cast<std::int64_t>(rows.size());
}

// --- copy_data_between_cages --------------------------------------------------------------------

// Keeps a memory alive for a call.
struct HeldMemory {
  std::shared_ptr<runtime::Instance> instance;  ///< null if the call itself keeps it
  runtime::AddressSpace* memory;
};

// The memory of cage `number` (0: `call.acting`'s).  Errors: ESRCH, EPERM.
Result<HeldMemory> reachable_memory(const Call& call, std::uint64_t number) {
  Cage& who = call.acting;
  if (number == 0 || cage_id(number) == who.id()) {
    return HeldMemory{nullptr, &call.waiting.instance().memory()};
  }
  const Call* const waiting =
      find_waiting(call, [&](const Call& other) { return other.acting.id() == cage_id(number); });
  if (waiting != nullptr) {
    if (!who.controls(waiting->acting)) return Errno::kEPERM;
    return HeldMemory{nullptr, &waiting->waiting.instance().memory()};
  }
  // A grate above that has put an argument of its own into the call.
  const Call* const above =
      find_waiting(call, [&](const Call& other) { return other.caller.id() == cage_id(number); });
  if (above != nullptr) {
    if (!who.controls(above->caller)) return Errno::kEPERM;
    return HeldMemory{nullptr, &above->calling.instance().memory()};
  }
  const std::shared_ptr<Cage> cage = LIND_TRY(controlled_or_self(who, number));
  std::shared_ptr<runtime::Instance> instance = cage->current_instance();
  if (instance == nullptr) return Errno::kESRCH;
  runtime::AddressSpace* const memory = &instance->memory();
  return HeldMemory{std::move(instance), memory};
}

// (destination cage, address, source cage, address, bytes, flags) -> bytes copied
SysResult copy_data(const Call& call) {
  const std::uint64_t num_bytes = std::min(call.args[4], kMaxCopyBytes);
  if ((call.args[5] & ~std::uint64_t{uapi::kCopyString}) != 0) return Errno::kEINVAL;
  const HeldMemory to = LIND_TRY(reachable_memory(call, call.args[0]));
  const HeldMemory from = LIND_TRY(reachable_memory(call, call.args[2]));
  const CopyEnd to_end{to.memory, GuestAddr{call.args[1]}, to.instance != nullptr};
  const CopyEnd from_end{from.memory, GuestAddr{call.args[3]}};
  const bool is_string = (call.args[5] & uapi::kCopyString) != 0;
  const std::uint64_t copied = LIND_TRY(is_string ? copy_string(to_end, from_end, num_bytes)
                                                  : copy_between(to_end, from_end, num_bytes));
  return static_cast<std::int64_t>(copied);
}

// --- make_syscall -------------------------------------------------------------------------------

// Whom a call is for: the caller itself, or one whose call it is answering.
struct Subject {
  Cage* cage;
  runtime::Thread* thread;
};

// Errors: EPERM; ESRCH (it has no call that waits for this thread).
Result<Subject> find_target(const Call& call, std::uint64_t number) {
  if (number == 0 || cage_id(number) == call.acting.id()) {
    return Subject{&call.acting, &call.waiting};
  }
  const Call* const waiting =
      find_waiting(call, [&](const Call& other) { return other.acting.id() == cage_id(number); });
  // Behind an exit notice stands a thread that has no guest code left to fork or to go on with.
  if (waiting == nullptr || is_event(waiting->number)) {
    LIND_TRY(controlled_or_self(call.acting, number));
    return Errno::kESRCH;
  }
  if (!call.acting.controls(waiting->acting)) return Errno::kEPERM;
  return Subject{&waiting->acting, &waiting->waiting};
}

// Where `number` of `table` would lead without what `who` has laid there and all that lies above
// it.
Result<Route> route_beneath(const Cage& who, Cage& table, std::int32_t number) {
  RouteSnapshot::Stack stack = LIND_TRY(table.routes().stack(number));
  const auto own =
      std::ranges::find_if(stack.layers.rbegin(), stack.layers.rend(),
                           [&](const Layer& layer) { return layer.owner == who.lineage(); });
  if (own != stack.layers.rend()) stack.layers.erase(std::prev(own.base()), stack.layers.end());
  // The table keeps every target that it has ever had.
  return top_of(stack);
}

// Whose routes decide.
Result<Route> find_route(const Call& call, const uapi::SyscallRequest& request) {
  if ((request.flags & uapi::kBeneathOwn) != 0) {
    const std::shared_ptr<Cage> cage = LIND_TRY(controlled_or_self(call.acting, request.table));
    return route_beneath(call.acting, *cage, request.number);
  }
  if (request.table == 0 || cage_id(request.table) == call.acting.id()) {
    return call.acting.routes().lookup(request.number);
  }
  const std::shared_ptr<Cage> cage = LIND_TRY(controlled_or_self(call.acting, request.table));
  return cage->routes().lookup(request.number);
}

// (request)
SysResult make_syscall(const Call& call) {
  const uapi::SyscallRequest request = LIND_TRY(call.pointer<uapi::SyscallRequest>(0).read());
  if ((request.flags & ~uapi::kBeneathOwn) != 0) return Errno::kEINVAL;
  // Services concern the program that asks for them, events are the host's to tell.
  if (request.number >= uapi::kServiceBase || !is_routable(request.number) ||
      is_event(request.number)) {
    return Errno::kENOSYS;
  }
  const Subject subject = LIND_TRY(find_target(call, request.target));
  const Route route = LIND_TRY(find_route(call, request));
  std::array<HeldMemory, 6> held;
  std::array<CageId, 6> owner_ids;
  Call inner{.acting = *subject.cage,
             .waiting = *subject.thread,
             .number = request.number,
             .args = request.args,
             .owners = {},
             .caller = call.acting,
             .calling = call.calling,
             .owner_ids = &owner_ids};
  for (std::size_t i = 0; i < held.size(); ++i) {
    held[i] = LIND_TRY(reachable_memory(call, request.owners[i]));
    owner_ids[i] = request.owners[i] == 0 ? call.acting.id() : cage_id(request.owners[i]);
    inner.owners[i] = held[i].memory;
  }
  const std::int64_t result = call.acting.dispatch(route, inner);
  note_restart(call.calling, result);
  return result;
}

// --- fork_interpose -----------------------------------------------------------------------------

// (rows, count): the next fork of this thread makes a child with these routes to this cage.
SysResult fork_interpose(const Call& call) {
  if (call.args[1] > kMaxForkRoutes) return Errno::kEINVAL;
  const auto rows = call.pointer<uapi::RouteRequest>(0);
  std::vector<std::pair<std::int32_t, Layer>> routes;
  for (std::uint64_t i = 0; i < call.args[1]; ++i) {
    const uapi::RouteRequest row = LIND_TRY(rows.element(i).read());
    if (!is_routable(row.number)) return Errno::kEINVAL;
    routes.emplace_back(row.number, LIND_TRY(make_layer(call.acting.lineage(), call.acting,
                                                        {row.number, row.flags, row.handler})));
  }
  links_of(call.waiting).fork_routes = std::move(routes);
  return 0;
}

std::int64_t to_result(const SysResult& result) noexcept {
  return result.ok() ? result.value() : -static_cast<std::int64_t>(result.error());
}

}  // namespace

std::int64_t answer_threei(const Call& call) {
  using enum uapi::SyscallNo;
  const auto number = static_cast<uapi::SyscallNo>(call.number);
  // The ones that are made again and again.
  if (number == k_make_syscall) return to_result(make_syscall(call));
  if (number == k_copy_data_between_cages) return to_result(copy_data(call));
  if (number == k_register_handler) return to_result(register_handler(call));
  if (number == k_deregister_handler) return to_result(deregister_handler(call));
  if (number == k_copy_handler_table_to_cage) return to_result(copy_handler_table(call));
  if (number == k_seal) return to_result(seal(call));
  if (number == k_query) return to_result(query(call));
  if (number == k_fork_interpose) return to_result(fork_interpose(call));
  // An exit notice that nobody beneath wants to know of.
  return 0;
}

}  // namespace lind::threei
