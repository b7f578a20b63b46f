#include "threei/cage.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "threei/links_internal.h"
#include "uapi/threei.h"

namespace lind::threei {
namespace {

/// Calls that wait for each other on one host thread; each takes an activation and about 2 KiB of
/// the host thread's stack.  A cycle of routes ends here.
constexpr std::uint32_t kMaxDepth = 256;

constexpr auto kExitNotice = static_cast<std::int32_t>(uapi::SyscallNo::k_exit_notice);
constexpr auto kForward = static_cast<std::int32_t>(uapi::SyscallNo::k_forward);

std::int64_t failure(uapi::Errno error) noexcept {
  return -static_cast<std::int64_t>(error);
}

void trace_call(CageId id, std::int32_t number, const runtime::SyscallArgs& args,
                std::int64_t result) {
  const std::string_view name = uapi::syscall_name(number);
  log::write_line(log::Level::kError,
                  fmt::format("[{}] {}({:#x}, {:#x}, {:#x}, {:#x}, {:#x}, {:#x}) = {}", to_u32(id),
                              name.empty() ? fmt::format("call_{}", number) : std::string(name),
                              args[0], args[1], args[2], args[3], args[4], args[5], result));
}

void count_unanswered(Switchboard& switchboard, std::int32_t number) noexcept {
  std::atomic<std::uint64_t>& count =
      number < 0 || number >= uapi::kSyscallLimit
          ? switchboard.unanswered_outside
          : switchboard.unanswered[static_cast<std::size_t>(number)];
  count.fetch_add(1, std::memory_order_relaxed);
}

uapi::GrateCall describe(const Target& target, const Call& call) noexcept {
  uapi::GrateCall description{.number = call.number,
                              .flags = target.flags,
                              .caller = to_u32(call.caller.id()),
                              .target = to_u32(call.acting.id()),
                              .grate = to_u32(target.grate->id()),
                              .handler = target.handler,
                              .args = call.args,
                              .owners = {}};
  for (std::size_t i = 0; i < description.owners.size(); ++i) {
    description.owners[i] =
        call.owner_ids == nullptr ? description.caller : to_u32((*call.owner_ids)[i]);
  }
  return description;
}

// The activation that `links`' thread calls, taken for good at the first call.
Result<Activation*> activation_for(Links& links, runtime::Thread& caller, const Target& target) {
  for (const Lease& lease : links.leases) {
    if (lease.grate() == target.grate.get() && !lease.activation().spent) {
      return &lease.activation();
    }
  }
  Activation* const taken = LIND_TRY(target.grate->take(caller));
  (void)links_of(*taken->thread);  // before anybody enters it in a hurry
  links.leases.emplace_back(target.grate, *taken);
  return taken;
}

}  // namespace

Links& links_of(runtime::Thread& thread) {
  if (Links* const links = find_links(thread)) return *links;
  auto made = std::make_unique<Links>();
  Links& links = *made;
  thread.attach(std::move(made));
  return links;
}

bool is_answering(const runtime::Thread& thread) noexcept {
  const Links* const links = find_links(thread);
  return links != nullptr && links->answering != nullptr;
}

std::vector<std::pair<std::int32_t, Layer>> take_fork_routes(runtime::Thread& thread) {
  Links* const links = find_links(thread);
  if (links == nullptr) return {};
  return std::exchange(links->fork_routes, {});
}

Cage::Cage(CageId id, Switchboard& switchboard, Birth birth)
    : id_(id),
      switchboard_(switchboard),
      lineage_(std::make_shared<Lineage>(id, std::move(birth.parent))),
      routes_(std::move(birth.routes)) {}

Cage::~Cage() {
  lineage_->end();
}

std::shared_ptr<Grate> Cage::grate() {
  const MutexLock lock(grate_mu_);
  if (grate_ == nullptr) grate_ = std::make_shared<Grate>(*this, id_);
  return grate_;
}

void Cage::close_grate() {
  std::shared_ptr<Grate> closed;
  {
    const MutexLock lock(grate_mu_);
    closed = std::exchange(grate_, nullptr);
  }
  if (closed != nullptr) closed->close();
}

std::int64_t Cage::syscall(runtime::Thread& thread, std::int32_t number,
                           const runtime::SyscallArgs& args) {
  if (number >= uapi::kServiceBase) return service(thread, number, args);
  if (is_event(number)) return failure(uapi::Errno::kENOSYS);
  std::int64_t result = number == kForward ? forward(thread) : make(thread, number, args);
  // What interrupted it is a signal of somebody whose call it answers, who takes it later: to make
  // the call again would only find it again.
  if (is_restart(result) && is_answering(thread) && !thread.pending()) {
    result = failure(uapi::Errno::kEINTR);
  }
  if (switchboard_.trace) trace_call(id_, number, args, result);
  return result;
}

inline std::int64_t Cage::dispatch_nested(Route route, const Call& call) {
  switch (route.kind()) {
    case Route::Kind::kMicrovisor:
      // The default routes name the microvisor only where it has an entry.
      return switchboard_.microvisor[static_cast<std::size_t>(call.number)](call);
    case Route::Kind::kGrate:
      return call_grate(route.target(), call);
    case Route::Kind::kThreei:
      return answer_threei(call);
    case Route::Kind::kDeny:
      break;
  }
  if (route.error() == uapi::Errno::kENOSYS) count_unanswered(switchboard_, call.number);
  return failure(route.error());
}

std::int64_t Cage::dispatch(Route route, const Call& call) {
  return dispatch_nested(route, call);
}

inline std::int64_t Cage::make(runtime::Thread& thread, std::int32_t number,
                               const runtime::SyscallArgs& args) {
  runtime::AddressSpace* const memory = &thread.instance().memory();
  const Call call{.acting = *this,
                  .waiting = thread,
                  .number = number,
                  .args = args,
                  .owners = {memory, memory, memory, memory, memory, memory},
                  .caller = *this,
                  .calling = thread};
  return dispatch_nested(routes_.lookup(number), call);
}

// () -> the answer of what lies beneath this grate to the call it is answering
inline std::int64_t Cage::forward(runtime::Thread& thread) {
  const Links* const links = find_links(thread);
  if (links == nullptr || links->answering == nullptr) return failure(uapi::Errno::kEINVAL);
  const Call& asked = *links->answering;
  std::array<CageId, 6> owners;
  if (asked.owner_ids == nullptr) owners.fill(asked.caller.id());
  const Call inner{.acting = asked.acting,
                   .waiting = asked.waiting,
                   .number = asked.number,
                   .args = asked.args,
                   .owners = asked.owners,
                   .caller = *this,
                   .calling = thread,
                   .owner_ids = asked.owner_ids != nullptr ? asked.owner_ids : &owners};
  const std::int64_t result = dispatch_nested(routes_.lookup(asked.number), inner);
  note_restart(thread, result);
  return result;
}

inline std::int64_t Cage::call_grate(const Target& target, const Call& call) {
  Links& links = links_of(call.calling);
  if (links.depth >= kMaxDepth) return failure(uapi::Errno::kELOOP);
  const Result<Activation*> found = activation_for(links, call.calling, target);
  if (!found.ok()) return failure(found.error());
  Activation& activation = *found.value();
  Grate& grate = *target.grate;
  if (!grate.enter(activation)) return failure(uapi::Errno::kESRCH);
  Links& inner = *find_links(*activation.thread);
  inner.answering = &call;
  inner.depth = links.depth + 1;
  inner.restart = 0;
  const std::optional<std::uint64_t> answer = run_activation(activation, describe(target, call));
  inner.answering = nullptr;
  const std::int64_t restart = inner.restart;
  if (!answer) activation.spent = !grate.cage().is_reusable(*activation.thread);
  grate.leave(activation);
  // Without an answer the handler has ended its thread or its process, or was dropped because the
  // caller is to end.
  if (!answer) return failure(uapi::Errno::kESRCH);
  const auto result = static_cast<std::int64_t>(*answer);
  if (is_restart(result)) return failure(uapi::Errno::kEINTR);
  const bool interrupted = result == failure(uapi::Errno::kEINTR);
  return interrupted && restart != 0 ? restart : result;
}

bool Cage::wants_exit_notice() const noexcept {
  return routes_.lookup(kExitNotice).kind() == Route::Kind::kGrate;
}

void Cage::send_exit_notice(runtime::Thread& thread, std::int32_t status) {
  const runtime::SyscallArgs args{static_cast<std::uint32_t>(status)};
  thread.clear_pending();  // what has ended it must not end the wait for an activation
  runtime::AddressSpace* const memory = &thread.instance().memory();
  const Call call{.acting = *this,
                  .waiting = thread,
                  .number = kExitNotice,
                  .args = args,
                  .owners = {memory, memory, memory, memory, memory, memory},
                  .caller = *this,
                  .calling = thread};
  (void)dispatch(routes_.lookup(kExitNotice), call);  // nobody is left who could be told
}

}  // namespace lind::threei
