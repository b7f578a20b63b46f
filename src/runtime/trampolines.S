// The border between host and guest code.
//
// Two stacks per guest thread: the guest's native stack holds plain data and code addresses only,
// so that fork can copy it; the host stack is the host thread's own.  While guest code runs,
// host_rsp is where the host stack continues; every entry into the host starts there and nothing
// of the host stays on it when guest code goes on.
//
//   native stack, call of a builtin        native stack, interrupted by a signal
//   | frame of the caller      |            | frame, 128 bytes red zone       |
//   | return address           |            | rip | rflags | rax ... r15      |
//   | rbp rbx r12 r13 r14 r15  | guest_rsp  | padding | xsave area | up, zero | guest_rsp
//
// Every way back into guest code is a window [check, end): test the pending flag, then go.
// A kick inside a window makes signals_inside.cc continue at `check` again; all that the window
// needs is in the thread block, on the guest stack or in registers it does not change before
// its last instruction.
//
// C++ answers with Exit {rax = value, rdx = LIND_NEXT_*}.

#include "runtime/thread_block_internal.h"

#define TB(offset) %fs:lind_thread_block@tpoff+offset

	.hidden	lind_thread_block, lind_have_avx, lind_xsave_mask

	.macro hidden_function name
	.globl	\name
	.hidden	\name
	.type	\name, @function
	.endm

	.macro hidden_label name
	.globl	\name
	.hidden	\name
\name:
	.endm

// Zeroes what a callee may clobber, so that guests see nothing of the host.
	.macro zero_caller_saved
	testl	$1, lind_have_avx(%rip)
	je	7770f
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	vpxor	%xmm\n, %xmm\n, %xmm\n	// clears the upper half too, in half vzeroall's time
	.endr
	jmp	7771f
7770:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	pxor	%xmm\n, %xmm\n
	.endr
7771:
	xorl	%ecx, %ecx
	xorl	%edx, %edx
	xorl	%esi, %esi
	xorl	%edi, %edi
	xorl	%r8d, %r8d
	xorl	%r9d, %r9d
	xorl	%r10d, %r10d
	xorl	%r11d, %r11d
	.endm

	.macro zero_all
	zero_caller_saved
	xorl	%eax, %eax
	xorl	%ebx, %ebx
	xorl	%ebp, %ebp
	xorl	%r12d, %r12d
	xorl	%r13d, %r13d
	xorl	%r14d, %r14d
	xorl	%r15d, %r15d
	.endm

	.macro push_callee_saved
	pushq	%rbp
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	.endm

	.macro pop_callee_saved
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	popq	%rbp
	.endm

	.macro to_host_stack
	movq	%rsp, TB(LIND_TB_GUEST_RSP)
	movq	TB(LIND_TB_HOST_RSP), %rsp
	.endm

	.text
	.balign 64
hidden_label lind_trampolines_begin

// --- calls of builtins ---------------------------------------------------------------------
// Entry i is at lind_builtin_entries + 16 * i, in the order of builtins.def.
// In: arguments as in the C convention, on the guest stack.

	.set	builtin_index, 0
	.macro builtin_entry name
	.balign 16
	movl	$builtin_index, %eax
	jmp	builtin_common
	.set	builtin_index, builtin_index + 1
	.endm

	.balign 16
hidden_label lind_builtin_entries
#define LIND_BUILTIN(name, signature) builtin_entry name
#include "vmabi/builtins.def"
#undef LIND_BUILTIN

	.balign 64
builtin_common:
	push_callee_saved
	to_host_stack
	leaq	builtin_table(%rip), %r11
	call	*(%r11,%rax,8)

// In: an Exit, on the host stack.
dispatch:
	testl	%edx, %edx
	jne	dispatch_other

// Back behind the guest's call with rax = value.
call_exit:
	zero_caller_saved
hidden_label lind_call_check
	cmpq	$0, TB(LIND_TB_PENDING)
	jne	call_pending
	movq	TB(LIND_TB_GUEST_RSP), %rsp
	pop_callee_saved
	ret
hidden_label lind_call_end
call_pending:
	movl	$LIND_NEXT_CALL, %esi
// In: rax = value, esi = how to go on.  The stack may be either one.
take_pending:
	movq	TB(LIND_TB_HOST_RSP), %rsp
	movq	%rax, %rdi
	call	lind_take_pending
	jmp	dispatch

dispatch_other:
	cmpl	$LIND_NEXT_THUNK, %edx
	je	thunk_exit
	cmpl	$LIND_NEXT_RESTORE, %edx
	je	lind_restore_check
	cmpl	$LIND_NEXT_HANDLER, %edx
	je	handler_exit
	cmpl	$LIND_NEXT_ENTER, %edx
	je	enter_exit
	jmp	leave_guest

// --- the way through a function that has called setjmp ----------------------------------------
// The swapped return address of such a frame: the frame has just gone.  Its result is in rax, rdx
// or xmm0; the callee-saved registers are its caller's.
	.balign 16
hidden_function lind_frame_thunk
lind_frame_thunk:
	subq	$8, %rsp		// where the real return address goes
	push_callee_saved
	movq	%rdx, TB(LIND_TB_RESULT_RDX)
	movups	%xmm0, TB(LIND_TB_RESULT_XMM0)
	to_host_stack
	movq	%rax, %rdi
	call	lind_frame_returned
	jmp	dispatch

thunk_exit:
	zero_caller_saved
	movq	TB(LIND_TB_RESULT_RDX), %rdx
	movups	TB(LIND_TB_RESULT_XMM0), %xmm0
hidden_label lind_thunk_check
	cmpq	$0, TB(LIND_TB_PENDING)
	jne	thunk_pending
	movq	TB(LIND_TB_GUEST_RSP), %rsp
	pop_callee_saved
	ret
hidden_label lind_thunk_end
thunk_pending:
	movl	$LIND_NEXT_THUNK, %esi
	jmp	take_pending

// --- interruption and faults -------------------------------------------------------------------
// The signal handler has put an InterruptFrame at rsp and sends the thread here.
	.balign 16
hidden_function lind_interrupt_entry
lind_interrupt_entry:
	to_host_stack
	cld
	call	lind_interrupted
	jmp	dispatch

// As above, but the guest stack has no room.
	.balign 16
hidden_function lind_stack_fault_entry
lind_stack_fault_entry:
	movq	TB(LIND_TB_HOST_RSP), %rsp
	cld
	call	lind_stack_fault
	jmp	dispatch

// Restores all registers of an InterruptFrame at guest_rsp.
hidden_label lind_restore_check
	cmpq	$0, TB(LIND_TB_PENDING)
	jne	restore_pending
	movq	TB(LIND_TB_GUEST_RSP), %rsp
	movl	lind_xsave_mask(%rip), %eax
	xorl	%edx, %edx
	xrstor64 LIND_IF_XSAVE(%rsp)
	addq	LIND_IF_UP(%rsp), %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rdi
	popq	%rsi
	popq	%rdx
	popq	%rcx
	popq	%rax
	popfq
	ret	$128			// pops rip and the red zone
hidden_label lind_restore_end
restore_pending:
	xorl	%eax, %eax
	movl	$LIND_NEXT_RESTORE, %esi
	jmp	take_pending

// --- signal handlers of the guest --------------------------------------------------------------
// guest_rsp is the DeliveryFrame, 64-byte aligned; the entry's arguments are in the slots.
handler_exit:
	zero_all
hidden_label lind_handler_check
	cmpq	$0, TB(LIND_TB_PENDING)
	jne	handler_pending
	movq	TB(LIND_TB_GUEST_RSP), %rsp
	call	*TB(LIND_TB_ENTRY)
hidden_label lind_handler_return
	to_host_stack
	call	lind_handler_returned
	jmp	dispatch
handler_pending:
	movl	$LIND_NEXT_HANDLER, %esi
	jmp	take_pending

// --- entering and leaving ----------------------------------------------------------------------
// int lind_enter(): calls the adapter in the thread block on the stack at guest_rsp.
// Returns 0 when it has returned, 1 when the stack was dropped.
	.balign 16
hidden_function lind_enter
lind_enter:
	.cfi_startproc
	push_callee_saved
	subq	$8, %rsp		// calls from here need rsp to be a multiple of 16
	movq	%rsp, TB(LIND_TB_HOST_RSP)
enter_exit:
	zero_all
hidden_label lind_enter_check
	cmpq	$0, TB(LIND_TB_PENDING)
	jne	enter_pending
	movq	TB(LIND_TB_GUEST_RSP), %rsp
	call	*TB(LIND_TB_ENTRY)
hidden_label lind_enter_return
	movq	TB(LIND_TB_HOST_RSP), %rsp
	xorl	%eax, %eax
back_to_cxx:
	addq	$8, %rsp
	pop_callee_saved
	ret
enter_pending:
	movl	$LIND_NEXT_ENTER, %esi
	jmp	take_pending
leave_guest:
	movq	TB(LIND_TB_HOST_RSP), %rsp
	movl	$1, %eax
	jmp	back_to_cxx
	.cfi_endproc

// int lind_resume(uint64_t value): as lind_enter, but returns to the guest call whose spilled
// registers are at guest_rsp.
	.balign 16
hidden_function lind_resume
lind_resume:
	.cfi_startproc
	push_callee_saved
	subq	$8, %rsp
	movq	%rsp, TB(LIND_TB_HOST_RSP)
	movq	%rdi, %rax
	jmp	call_exit
	.cfi_endproc

hidden_label lind_trampolines_end

// --- host calls that may block -----------------------------------------------------------------
// int64_t lind_blocking_syscall(long number, const uint64_t arguments[6]): -EINTR at once if the
// interrupt flag is set.  A kick inside [check, end) continues at lind_blocking_interrupted.
	.balign 16
hidden_function lind_blocking_syscall
lind_blocking_syscall:
	.cfi_startproc
	movq	%rdi, %rax
	movq	%rsi, %r11
	movq	(%r11), %rdi
	movq	8(%r11), %rsi
	movq	16(%r11), %rdx
	movq	24(%r11), %r10
	movq	32(%r11), %r8
	movq	40(%r11), %r9
hidden_label lind_blocking_check
	cmpq	$0, TB(LIND_TB_INTERRUPT)
	jne	lind_blocking_interrupted
	syscall
hidden_label lind_blocking_end
	ret
hidden_label lind_blocking_interrupted
	movq	$-4, %rax		// -EINTR
	ret
	.cfi_endproc

// --- small things ------------------------------------------------------------------------------
	.balign 16
hidden_function lind_thread_block_offset
lind_thread_block_offset:
	movq	$lind_thread_block@tpoff, %rax
	ret

// void lind_set_gs(uint64_t base), uint64_t lind_get_gs()
	.balign 16
hidden_function lind_set_gs
lind_set_gs:
	wrgsbase %rdi
	ret
	.balign 16
hidden_function lind_get_gs
lind_get_gs:
	rdgsbase %rax
	ret

// Where the kernel returns to from our signal handlers.
	.balign 16
hidden_function lind_signal_restorer
lind_signal_restorer:
	movl	$15, %eax		// rt_sigreturn
	syscall

	.section .data.rel.ro, "aw", @progbits
	.balign 8
builtin_table:
#define LIND_BUILTIN(name, signature) .quad lind_builtin_##name
#include "vmabi/builtins.def"
#undef LIND_BUILTIN

	.section .note.GNU-stack,"",@progbits
