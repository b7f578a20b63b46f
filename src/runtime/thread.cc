#include "runtime/thread.h"

#include <linux/futex.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "host/alternate_stack.h"
#include "host/errno.h"
#include "host/futex.h"
#include "host/kick_signal.h"
#include "runtime/raw_unsafe.h"
#include "runtime/thread_block_internal.h"
#include "runtime/thread_state_internal.h"
#include "runtime/trampolines_internal.h"

namespace lind::runtime {
namespace {

vmabi::ThreadBlock& block() noexcept {
  return lind_thread_block;
}

int host_tid() noexcept {
  static thread_local constinit int tid = 0;
  if (tid == 0) tid = ::gettid();
  return tid;
}

// The handler on this host thread reads and writes the block between any two instructions.
void handler_fence() noexcept {
  std::atomic_signal_fence(std::memory_order_seq_cst);
}

// Thread::State::wake_word
constexpr std::uint32_t kWoken = 1;
constexpr std::uint32_t kKicked = 2;  ///< and the pending flag is set

// Thread::State::seen_outer_kicks: no number that is reached in practice; if it is, one wait goes
// on until the next kick.
constexpr std::uint32_t kNoKicksSeen = UINT32_MAX;

/// Thread::State::borrower of the thread whose values are left in this host thread's block; 0: of
/// one that has no such number.
thread_local constinit std::uint64_t block_owner = 0;

void set_identity(const Thread::State& state) noexcept {
  scratch(Scratch::kTextStart) = state.identity.text_start;
  scratch(Scratch::kTextEnd) = state.identity.text_end;
  scratch(Scratch::kStackLow) = state.identity.stack_low;
  scratch(Scratch::kStackHigh) = state.identity.stack_high;
  scratch(Scratch::kPendingWord) = address_of(&state.kick);
  scratch(Scratch::kReservationBytes) = state.identity.reservation_bytes;
}

// The last step of a switch: from here on the kick handler speaks to `state`.
void become_current(const Thread::State& state) noexcept {
  block().pending = 0;
  block().thread = address_of(&state.thread);
  handler_fence();
  // Pairs with kick: it sets the flag before it looks for a host thread, so one of us sees it.  Not
  // an assignment of what we saw: the handler may set the flag in between.
  if (state.kick.must_look()) block().pending = 1;
}

std::uint32_t words_of_results(const Program& program, FuncIndex function) {
  const object::Object& object = program.object();
  const vmabi::TypeRecord& type = object.types()[object.functions()[to_u32(function)].type];
  std::uint32_t words = 0;
  for (const std::byte kind : object.bytes(type.results)) {
    words += kind == std::byte{static_cast<std::uint8_t>(vmabi::ValueKind::kV128)} ? 2 : 1;
  }
  return words;
}

}  // namespace

// --- state ------------------------------------------------------------------------------------

bool Thread::State::is_current() const noexcept {
  return block().thread == address_of(&thread);
}

std::span<std::uint64_t> Thread::State::live_globals() noexcept {
  if (is_current()) return std::span(block().globals).first(globals.size());
  return globals;
}

bool Thread::State::must_end_wait() noexcept {
  // This thread and those that answer its calls are to take their signals at once.
  const KickTarget* inner = block().thread == 0 ? &kick : &current_state().kick;
  for (; inner != nullptr && inner != &kick; inner = inner->outer) {
    if (inner->pending != 0) return true;
  }
  if (kick.pending != 0 || kick.outer_abandoned()) return true;
  const auto [any, num_kicks] = kick.outer_kicks();
  if (!any || num_kicks == seen_outer_kicks) return false;
  seen_outer_kicks = num_kicks;
  return true;
}

std::uint64_t* Thread::State::stack_pointer() noexcept {
  const std::uint32_t word = program().object().header().stack_pointer_word;
  const std::span<std::uint64_t> words = live_globals();
  return word < words.size() ? &words[word] : nullptr;
}

// --- a stay in guest code -----------------------------------------------------------------------

void Thread::State::identify() noexcept {
  const Program& code = program();
  identity = {.memory_base = address_of(instance->memory().base()),
              .text_start = code.text_start(),
              .text_end = code.text_start() + code.object().header().text_size,
              .stack_low = stack.valid() ? stack.low() : 0,
              .stack_high = stack.valid() ? stack.high() : 0,
              .reservation_bytes = vmabi::kStateWindowBytes + instance->memory().span_bytes(),
              .memory = &instance->memory(),
              .num_slots = code.num_slot_words(),
              .shares_globals = !instance_state().linked_globals.empty()};
}

Stay::Stay(Thread::State& state, Globals globals)
    : state_(state),
      outer_(block().thread == 0 ? nullptr : &object_at<Thread>(block().thread)->state()),
      globals_(globals),
      outer_base_(state.base) {
  block().thread = 0;  // kicks are noted in Thread::State only, until the block is complete
  handler_fence();
  if (outer_ != nullptr) {
    suspend_outer();
  } else {
    begin_outermost();
  }
  if (state_.depth++ == 0) {
    state_.leaving = false;
    state_.base = state_.stack.high();
    if (outer_ != nullptr) {
      state_.kick.outer = &outer_->kick;
      state_.seen_outer_kicks = kNoKicksSeen;
    }
  } else {
    // Below the calls of this thread that are still open, as aligned as a fresh stack.
    state_.base = align_down(state_.suspended_rsp - kNativeRedZone, kHostPageSize);
  }
  block().guest_rsp = state_.base;
  enter();
}

void Stay::begin_outermost() noexcept {
  vmabi::ThreadBlock& b = block();
  host::ensure_alternate_stack();
  for (std::size_t i = 0; i < vmabi::kNumBuiltins; ++i) {
    b.builtin_entry[i] = address_of(lind_builtin_entries) + 16 * i;
  }
  // What another thread on this host thread left behind.
  if (state_.borrower == 0 || state_.borrower != block_owner) {
    std::ranges::fill(b.slots, 0);
    std::ranges::fill(b.globals, 0);
    block_owner = state_.borrower;
  }
  b.memory_base = 0;
  // Whoever answers a call counts as running, called or not: the gate of its memory is open.
  state_.instance->memory().threads().pass(state_.thread);
}

void Stay::suspend_outer() {
  vmabi::ThreadBlock& b = block();
  host_rsp_ = b.host_rsp;
  std::copy_n(b.scratch, kNumHeld, held_.begin());
  const std::size_t num_slots = outer_->identity.num_slots;
  if (num_slots <= kFewSlots) {
    std::copy_n(b.slots, num_slots, few_slots_.begin());
    outer_->suspended_slots = std::span(few_slots_).first(num_slots);
  } else {
    many_slots_.assign(b.slots, b.slots + num_slots);
    outer_->suspended_slots = many_slots_;
  }
  std::fill_n(b.slots, num_slots, 0);
  std::copy_n(b.globals, outer_->globals.size(), outer_->globals.begin());
  if (outer_->identity.shares_globals) outer_->instance_state().publish_globals(outer_->globals);
  outer_->suspended_rsp = b.guest_rsp;
}

// Makes the block that of `state_`, whose guest_rsp is set.
void Stay::enter() noexcept {
  vmabi::ThreadBlock& b = block();
  const Identity& identity = state_.identity;
  if (b.memory_base != identity.memory_base) {
    b.memory_base = identity.memory_base;
    lind_set_gs(identity.memory_base);
  }
  std::vector<std::uint64_t>& globals =
      globals_ == Globals::kKept ? state_.globals : state_.first_globals;
  if (identity.shares_globals) state_.instance_state().fetch_globals(globals);
  std::copy(globals.begin(), globals.end(), b.globals);
  if (outer_ != nullptr && outer_->globals.size() > state_.globals.size()) {
    std::fill(b.globals + state_.globals.size(), b.globals + outer_->globals.size(), 0);
  }
  scratch(Scratch::kInterrupt) = 0;
  set_identity(state_);
  // A kick that does not find us here yet finds the flag set below.  Who looked at the old number
  // sends a signal that nobody needs.
  if (state_.host_tid.load(std::memory_order_relaxed) != host_tid()) state_.host_tid = host_tid();
  become_current(state_);
}

Stay::~Stay() {
  vmabi::ThreadBlock& b = block();
  if (globals_ == Globals::kKept) {
    std::copy_n(b.globals, state_.globals.size(), state_.globals.begin());
    if (state_.identity.shares_globals) state_.instance_state().publish_globals(state_.globals);
  }
  b.thread = 0;
  handler_fence();
  if (!state_.jumps.frames.empty()) state_.jumps.drop_deeper(state_.depth_of(state_.base));
  state_.base = outer_base_;
  if (--state_.depth == 0) {
    // An activation goes on answering calls of the same host thread: its number stays.
    if (outer_ == nullptr) state_.host_tid = 0;
    if (globals_ == Globals::kKept) state_.first_globals = state_.globals;
    state_.kick.outer = nullptr;
  }
  if (outer_ != nullptr) resume_outer();
}

void Stay::resume_outer() noexcept {
  vmabi::ThreadBlock& b = block();
  b.host_rsp = host_rsp_;
  b.guest_rsp = outer_->suspended_rsp;
  std::copy(held_.begin(), held_.end(), b.scratch);
  const std::span<const std::uint64_t> slots = outer_->suspended_slots;
  std::copy(slots.begin(), slots.end(), b.slots);
  if (state_.identity.num_slots > slots.size()) {
    std::fill(b.slots + slots.size(), b.slots + state_.identity.num_slots, 0);
  }
  if (outer_->identity.shares_globals) outer_->instance_state().fetch_globals(outer_->globals);
  std::copy(outer_->globals.begin(), outer_->globals.end(), b.globals);
  if (state_.globals.size() > outer_->globals.size()) {
    std::fill(b.globals + outer_->globals.size(), b.globals + state_.globals.size(), 0);
  }
  set_identity(*outer_);
  if (b.memory_base != outer_->identity.memory_base) {
    b.memory_base = outer_->identity.memory_base;
    lind_set_gs(b.memory_base);
  }
  become_current(*outer_);
}

// --- life -------------------------------------------------------------------------------------

Thread::Thread() = default;

std::uint64_t Thread::State::next_borrower() noexcept {
  static constinit std::atomic<std::uint64_t> last{0};
  return ++last;
}

Result<std::unique_ptr<Thread>> Thread::create(Supervisor& supervisor,
                                               std::shared_ptr<Instance> instance,
                                               StackUse stack_use) {
  NativeStack stack;
  if (stack_use == StackUse::kOwn) stack = LIND_TRY(NativeStackPool::instance().take());
  std::unique_ptr<Thread> thread(new Thread);
  thread->state_ =
      std::make_unique<State>(*thread, supervisor, std::move(instance), std::move(stack));
  thread->state_->stack_use = stack_use;
  if (stack_use == StackUse::kBorrowed) thread->state_->borrower = State::next_borrower();
  thread->instance().memory().threads().join(*thread);
  thread->reset_globals();
  return thread;
}

Thread::~Thread() {
  LIND_CHECK(state_->depth == 0);
  state_->give_call_room();
  state_->instance->memory().threads().leave(*this);
  if (state_->stack.valid()) NativeStackPool::instance().give(std::move(state_->stack));
}

void Thread::State::give_call_room() {
  if (call_room) instance->memory().give_call_room(*call_room);
  call_room.reset();
}

Result<GuestAddr> Thread::call_room() {
  if (!state_->call_room) state_->call_room = LIND_TRY(instance().memory().take_call_room());
  return *state_->call_room;
}

Supervisor& Thread::supervisor() const noexcept {
  return state_->supervisor;
}
Instance& Thread::instance() const noexcept {
  return *state_->instance;
}
std::shared_ptr<Instance> Thread::shared_instance() const noexcept {
  return state_->instance;
}
InFlightRanges& Thread::in_flight() noexcept {
  return state_->in_flight;
}
OtherWriters Thread::other_writers() const noexcept {
  const bool alone =
      state_->instance->memory().threads().has_one_thread() && state_->in_flight.empty();
  return alone ? OtherWriters::kNone : OtherWriters::kPossible;
}

void Thread::settle_memory() {
  AddressSpace& memory = state_->instance->memory();
  if (!memory.can_thaw() || !state_->in_flight.empty()) return;
  if (other_writers() == OtherWriters::kNone) return memory.thaw();
  const OthersPaused others(memory.threads(), *this);
  if (others.all()) memory.thaw();
}

void Thread::consider_unsharing() {
  constexpr std::uint32_t kCallsBetween = 64;
  if (state_->calls_on_frozen++ % kCallsBetween != 0) return;
  rusage usage{};
  LIND_CHECK(::getrusage(RUSAGE_THREAD, &usage) == 0);
  if (!state_->frozen_faults) state_->frozen_faults = usage.ru_minflt;
  const auto faults = static_cast<std::uint64_t>(usage.ru_minflt - *state_->frozen_faults);
  AddressSpace& memory = state_->instance->memory();
  if (!memory.deserves_copy(faults) || !state_->in_flight.empty()) return;
  if (other_writers() == OtherWriters::kNone) {
    memory.unshare();
  } else {
    const OthersPaused others(memory.threads(), *this);
    if (others.all()) memory.unshare();
  }
  state_->frozen_faults.reset();  // what it has cost so far counts once
}

Left Thread::run(FuncIndex function, std::span<const std::uint64_t> words) {
  const Program& program = state_->program();
  const vmabi::FunctionRecord& record = program.object().functions()[to_u32(function)];
  LIND_CHECK(record.entry_offset != vmabi::kNoIndex && words.size() <= vmabi::kNumSlots);
  // Nobody replaces the instance before it ends.
  const Stay stay(*state_, Stay::Globals::kKept);
  std::copy(words.begin(), words.end(), block().slots);
  scratch(Scratch::kEntry) = program.text_start() + record.entry_offset;
  if (lind_enter() != 0) return Left::kAsked;
  const std::uint32_t num_words = words_of_results(program, function);
  state_->results.assign(block().slots, block().slots + num_words);
  return Left::kReturned;
}

std::span<const std::uint64_t> Thread::results() const noexcept {
  return state_->results;
}

namespace {

/// Gives a thread a stack of the host thread's, for its outermost call.
class BorrowedStack {
 public:
  BorrowedStack(Thread::State& state, NativeStack stack) noexcept : state_(state) {
    state_.stack = std::move(stack);
    state_.identity.stack_low = state_.stack.low();
    state_.identity.stack_high = state_.stack.high();
  }
  ~BorrowedStack() {
    LentStacks::of_this_thread().give_back(std::exchange(state_.stack, {}), state_.borrower);
  }
  BorrowedStack(const BorrowedStack&) = delete;
  BorrowedStack& operator=(const BorrowedStack&) = delete;

 private:
  Thread::State& state_;
};

}  // namespace

Result<Left> Thread::call(EntryPoint entry, std::span<const std::uint64_t> words,
                          std::span<std::uint64_t> results) {
  LIND_CHECK(words.size() <= vmabi::kNumSlots && results.size() <= vmabi::kNumSlots);
  std::optional<BorrowedStack> borrowed;
  if (!state_->stack.valid()) {
    borrowed.emplace(*state_, LIND_TRY(LentStacks::of_this_thread().borrow(state_->borrower)));
  }
  const Stay stay(*state_, Stay::Globals::kKept);
  std::copy(words.begin(), words.end(), block().slots);
  scratch(Scratch::kEntry) = entry.address;
  if (lind_enter() != 0) return Left::kAsked;
  std::copy_n(block().slots, results.size(), results.begin());
  return Left::kReturned;
}

void Thread::reset() {
  reset_globals();
  state_->exceptions = {};
  state_->thrown.reset();
  if (state_->stack_use == StackUse::kBorrowed) state_->borrower = State::next_borrower();
}

EntryPoint Thread::entry_of(FuncIndex function) const {
  const Program& program = state_->program();
  const vmabi::FunctionRecord& record = program.object().functions()[to_u32(function)];
  LIND_CHECK(record.entry_offset != vmabi::kNoIndex);
  return {program.text_start() + record.entry_offset};
}

std::optional<std::uint64_t> Thread::answer(EntryPoint entry,
                                            std::span<const std::uint64_t> words) {
  LIND_CHECK(state_->depth == 0 && words.size() <= vmabi::kNumSlots);
  const Stay stay(*state_, Stay::Globals::kForgotten);
  std::copy(words.begin(), words.end(), block().slots);
  scratch(Scratch::kEntry) = entry.address;
  if (lind_enter() != 0) return std::nullopt;
  return block().slots[0];
}

void Thread::act_outside(const std::function<void()>& action) {
  LIND_CHECK(state_->depth == 0);
  const Stay stay(*state_, Stay::Globals::kKept);
  action();
}

Attachment* Thread::attachment() const noexcept {
  return state_->attachment.get();
}
void Thread::attach(std::unique_ptr<Attachment> attachment) noexcept {
  state_->attachment = std::move(attachment);
}

void Thread::reset_globals() {
  LIND_CHECK(state_->depth == 0);
  state_->globals = state_->instance_state().initial_globals;
  state_->first_globals = state_->globals;
}

std::uint64_t Thread::global_word(std::uint32_t word) const {
  if (!state_->is_current()) state_->instance_state().fetch_globals(state_->globals);
  const std::span<std::uint64_t> words = state_->live_globals();
  LIND_CHECK(word < words.size());
  return words[word];
}

void Thread::set_global_word(std::uint32_t word, std::uint64_t value) {
  const std::span<std::uint64_t> words = state_->live_globals();
  LIND_CHECK(word < words.size());
  words[word] = value;
  state_->instance_state().publish_globals(words);
}

void Thread::set_host_functions(std::span<const HostEntry> entries, void* user) noexcept {
  state_->host_functions = entries;
  state_->host_functions_user = user;
}

bool Thread::is_current() const noexcept {
  return state_->is_current();
}

std::span<std::uint64_t> Thread::slots() noexcept {
  LIND_CHECK(state_->is_current());
  return block().slots;
}

std::optional<Exception> Thread::take_thrown() noexcept {
  state_->leaving = false;
  return std::exchange(state_->thrown, std::nullopt);
}

void Thread::set_thrown(Exception exception) {
  state_->thrown = std::move(exception);
}

void Thread::leave() noexcept {
  state_->leaving = true;
}
bool Thread::leaving() const noexcept {
  return state_->leaving;
}

void Thread::replace_instance(std::shared_ptr<Instance> instance) {
  LIND_CHECK(state_->depth == 0);
  state_->give_call_room();
  instance->memory().threads().join(*this);
  state_->instance->memory().threads().leave(*this);
  state_->instance = std::move(instance);
  state_->identify();
  state_->jumps = {};
  state_->exceptions = {};
  reset_globals();
}

// --- fork -------------------------------------------------------------------------------------

struct ThreadImage::State {
  std::vector<std::uint64_t> stack;  ///< words, lowest first
  std::vector<std::uint64_t> globals;
  std::vector<std::uint64_t> slots;
  JumpTable jumps;  ///< depths below the end of `stack`
  ExceptionTable exceptions;
  std::size_t num_absolute_words = 0;
};

ThreadImage::ThreadImage(std::unique_ptr<State> state) : state_(std::move(state)) {}
ThreadImage::~ThreadImage() = default;
std::size_t ThreadImage::num_absolute_words() const noexcept {
  return state_->num_absolute_words;
}

Result<std::unique_ptr<ThreadImage>> Thread::capture() {
  const bool is_current = state_->is_current();
  LIND_CHECK(is_current || state_->depth > 0);
  auto owned = std::make_unique<ThreadImage::State>();
  ThreadImage::State& image = *owned;
  const std::uint64_t start = is_current ? block().guest_rsp : state_->suspended_rsp;
  const auto* const words = object_at<const std::uint64_t>(start);
  image.stack.assign(words, words + (state_->base - start) / sizeof(std::uint64_t));
  const std::span<const std::uint64_t> globals = state_->live_globals();
  const std::span<const std::uint64_t> slots =
      is_current ? std::span<const std::uint64_t>(block().slots).first(state_->identity.num_slots)
                 : state_->suspended_slots;
  image.globals.assign(globals.begin(), globals.end());
  image.slots.assign(slots.begin(), slots.end());
  image.exceptions = state_->exceptions;
  // Points of outer stays belong to frames that the image does not have.
  const std::uint64_t base_depth = state_->depth_of(state_->base);
  image.jumps.next_token = state_->jumps.next_token;
  for (JumpTable::Frame frame : state_->jumps.frames) {
    if (frame.slot_depth <= base_depth) continue;
    frame.slot_depth -= base_depth;
    image.jumps.frames.push_back(frame);
  }
  for (JumpTable::Point point : state_->jumps.points) {
    if (point.slot_depth <= base_depth) continue;
    point.slot_depth -= base_depth;
    point.rsp_depth -= base_depth;
    image.jumps.points.push_back(point);
  }
#ifndef NDEBUG
  const std::uint64_t memory = state_->identity.memory_base - vmabi::kStateWindowBytes;
  for (const std::uint64_t word : image.stack) {
    const bool in_stack = word - state_->stack.low() < state_->stack.high() - state_->stack.low();
    const bool in_memory = word - memory < vmabi::kReservationBytes;
    if (in_stack || in_memory) ++image.num_absolute_words;
  }
  // Not a check: a guest that guesses an address could hold it in a register.
  if (image.num_absolute_words > 0) {
    log::warning("fork: {} words on the native stack look like host addresses",
                 image.num_absolute_words);
  }
#endif
  return std::unique_ptr<ThreadImage>(new ThreadImage(std::move(owned)));
}

Left Thread::resume(std::unique_ptr<ThreadImage> image, std::int64_t result) {
  LIND_CHECK(state_->depth == 0);
  ThreadImage::State& from = *image->state_;
  state_->globals = from.globals;
  const Stay stay(*state_, Stay::Globals::kKept);
  state_->jumps = std::move(from.jumps);
  state_->exceptions = std::move(from.exceptions);
  const std::uint64_t num_bytes = from.stack.size() * sizeof(std::uint64_t);
  const std::uint64_t start = state_->base - num_bytes;
  LIND_CHECK(start >= state_->stack.low());  // all stacks have one size
  std::memcpy(object_at<std::byte>(start), from.stack.data(), num_bytes);
  std::copy(from.slots.begin(), from.slots.end(), block().slots);
  block().guest_rsp = start;
  image.reset();
  return lind_resume(static_cast<std::uint64_t>(result)) == 0 ? Left::kReturned : Left::kAsked;
}

// --- interruption -------------------------------------------------------------------------------

void Thread::kick() noexcept {
  if (state_->kick.pending.exchange(1) != 0) return;
  ++state_->kick.num_kicks;
  if (state_->is_current()) {
    block().pending = 1;
    return;
  }
  if (state_->is_asleep) {
    // Cheaper than a signal; sleep looks at the flag on its way out.
    state_->wake_word.fetch_or(kKicked);
    host::futex_wake(state_->wake_word, 1);
    return;
  }
  static const pid_t process = ::getpid();
  const int tid = state_->host_tid;
  // ESRCH: the host thread has ended, and with it the stay.
  if (tid != 0) (void)::syscall(SYS_tgkill, process, tid, host::kKickSignal);
}

void Thread::abandon() noexcept {
  state_->kick.set_abandoned(true);
  state_->kick.pending = 1;
  const int tid = state_->host_tid;
  // The flag may have been set before, when it asked for less.
  if (tid != 0) (void)::syscall(SYS_tgkill, ::getpid(), tid, host::kKickSignal);
}

void Thread::take_back_abandon() noexcept {
  state_->kick.set_abandoned(false);
}

bool Thread::pending() const noexcept {
  return state_->kick.pending != 0;
}

void Thread::clear_pending() noexcept {
  // This order: a kick between the two stores is one that the caller's look will find.
  if (state_->is_current()) {
    block().pending = 0;
    handler_fence();
    if (state_->kick.outer_abandoned()) block().pending = 1;
  }
  handler_fence();
  state_->kick.pending = 0;
}

// Requires: the interrupt flag was cleared before anybody looked at what else interrupts: a kick
// from there on sets the flag, which lind_blocking_syscall tests.
Result<std::int64_t> Thread::block_in(long number, const SyscallArgs& args) {
  ThreadGate& gate = state_->instance->memory().threads();
  gate.begin_block(*this);
  const std::int64_t result = lind_blocking_syscall(number, args.data());
  gate.end_block(*this);
  return host::from_syscall(result);
}

Result<std::int64_t> Thread::blocking_syscall(long number, const SyscallArgs& args) {
  scratch(Scratch::kInterrupt) = 0;
  handler_fence();
  // Kicks of threads whose calls we answer count too.
  if (interrupted()) return uapi::Errno::kEINTR;
  return block_in(number, args);
}

Result<std::int64_t> Thread::blocking_wait(long number, const SyscallArgs& args) {
  scratch(Scratch::kInterrupt) = 0;
  handler_fence();
  if (state_->must_end_wait()) return uapi::Errno::kEINTR;
  return block_in(number, args);
}

void Thread::prepare_sleep() noexcept {
  state_->wake_word = 0;
}

Result<void> Thread::sleep(std::optional<std::int64_t> deadline_ns) {
  timespec deadline{};
  if (deadline_ns.has_value()) {
    constexpr std::int64_t kSecond = 1'000'000'000;
    const std::int64_t at = std::max<std::int64_t>(*deadline_ns, 0);
    deadline = {.tv_sec = at / kSecond, .tv_nsec = at % kSecond};
  }
  const SyscallArgs args{address_of(&state_->wake_word),
                         FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG,
                         0,
                         deadline_ns.has_value() ? address_of(&deadline) : 0,
                         0,
                         FUTEX_BITSET_MATCH_ANY};
  state_->is_asleep = true;
  Result<void> result;
  while ((state_->wake_word & kWoken) == 0) {
    const Result<std::int64_t> slept = blocking_syscall(SYS_futex, args);
    if (slept.ok() || slept.error() == uapi::Errno::kEAGAIN ||
        (slept.error() == uapi::Errno::kEINTR && !interrupted())) {
      // A kick that was taken meanwhile, or a debugger.
      if (!interrupted()) state_->wake_word.fetch_and(~kKicked);
      continue;
    }
    result = slept.error();
    break;
  }
  state_->is_asleep = false;
  // A kick that found us asleep has set its flag before this look and sent no signal.
  if (state_->is_current() && (state_->kick.pending != 0 || state_->kick.must_look())) {
    block().pending = 1;
  }
  return result;
}

bool Thread::interrupted() const noexcept {
  const KickTarget* const current = block().thread == 0 ? &state_->kick : &current_state().kick;
  for (const KickTarget* target = current; target != nullptr; target = target->outer) {
    if (target->pending != 0) return true;
  }
  return false;
}

void Thread::wake() noexcept {
  finish_wake(begin_wake());
}

Thread::Wakeup Thread::begin_wake() noexcept {
  if ((state_->wake_word.fetch_or(kWoken) & kWoken) != 0) return {};
  return {address_of(&state_->wake_word)};
}

void Thread::finish_wake(Wakeup wakeup) noexcept {
  if (wakeup.word != 0) host::futex_wake_address(wakeup.word, 1);
}

}  // namespace lind::runtime
