// Guest code for thread_test.cc, written as compiled code is (vmabi/README.md): position free,
// fs sites for the nominal block, all arguments in registers.  Data, never run in place.

#define FS(offset) %fs:(-8192 + offset)
#define BUILTIN(index) FS(512 + 8 * index)
#define SLOT(index) FS(1536 + 8 * index)
#define GLOBAL(index) FS(3584 + 8 * index)
#define B_SYSCALL 0
#define B_SETJMP 1
#define B_LONGJMP 2
#define B_CALL_IMPORT 3
#define B_MEMORY_GROW 4
#define B_MEMORY_FILL 6

	.section .rodata
	.balign 16
	.globl	test_text, test_text_end, test_functions, test_functions_end
	.globl	test_fs_sites, test_fs_sites_end, test_call_sites, test_call_sites_end
	.globl	test_traps, test_traps_end
test_text:
	.pushsection .rodata.functions, "a", @progbits
	.balign 4
test_functions:
	.popsection
	.pushsection .rodata.fssites, "a", @progbits
	.balign 4
test_fs_sites:
	.popsection
	.pushsection .rodata.callsites, "a", @progbits
	.balign 4
test_call_sites:
	.popsection
	.pushsection .rodata.traps, "a", @progbits
	.balign 4
test_traps:
	.popsection

	.set	function_index, 0

// Behind an instruction whose last four bytes are an fs displacement.
	.macro site
880:	.pushsection .rodata.fssites
	.long	880b - 4 - test_text
	.popsection
	.endm

// Behind a call in a frame of `frame` bytes (rsp at the call to the return address).
	.macro call_site frame
881:	.pushsection .rodata.callsites
	.long	881b - test_text, function_index, \frame, -1
	.popsection
	.endm

	.macro builtin index frame
	call	*BUILTIN(\index)
	site
	call_site \frame
	.endm

	.macro builtin_without_record index
	call	*BUILTIN(\index)
	site
	.endm

	.macro begin name
	.balign 16
f_\name:
	.endm

// Ends a function of type `type` (0: up to six words to one, 1: none to none) and makes its
// adapter.
	.macro end name type
e_\name:
	.balign 16
a_\name:
	subq	$8, %rsp
	movq	SLOT(0), %rdi
	site
	movq	SLOT(1), %rsi
	site
	movq	SLOT(2), %rdx
	site
	movq	SLOT(3), %rcx
	site
	call	f_\name
	.pushsection .rodata.callsites
	.long	882f - test_text, -1, 8, -1
	.popsection
882:	movq	%rax, SLOT(0)
	site
	addq	$8, %rsp
	ret
	.pushsection .rodata.functions
	.asciz	"\name"
	.balign 32
	.long	\type, f_\name - test_text, e_\name - f_\name, a_\name - test_text
	.balign 32
	.popsection
	.set	function_index, function_index + 1
	.endm

// add(a, b) -> a + b
	begin add
	leaq	(%rdi,%rsi), %rax
	ret
	end add 0

// registers(number) -> result of the system call, or 1000 + the check that failed
	begin registers
	pushq	%rbp
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	subq	$8, %rsp
	movq	%rbx, %rax		// entered with zeroed callee-saved registers?  (rdi is ours)
	orq	%rbp, %rax
	orq	%r12, %rax
	orq	%r13, %rax
	orq	%r14, %rax
	orq	%r15, %rax
	jne	5f
	movl	$0x11, %ebx
	movl	$0x22, %ebp
	movl	$0x33, %r12d
	movl	$0x44, %r13d
	movl	$0x55, %r14d
	movl	$0x66, %r15d
	movl	$6, %eax
	movq	%rax, SLOT(0)
	site
	movl	$1, %esi
	movl	$2, %edx
	movl	$3, %ecx
	movl	$4, %r8d
	movl	$5, %r9d
	builtin	B_SYSCALL 56
	cmpq	$0x11, %rbx
	jne	6f
	cmpq	$0x22, %rbp
	jne	6f
	cmpq	$0x33, %r12
	jne	6f
	cmpq	$0x44, %r13
	jne	6f
	cmpq	$0x55, %r14
	jne	6f
	cmpq	$0x66, %r15
	jne	6f
	orq	%rdx, %rcx
	orq	%rsi, %rcx
	orq	%rdi, %rcx
	orq	%r8, %rcx
	orq	%r9, %rcx
	orq	%r10, %rcx
	orq	%r11, %rcx
	jne	7f
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	por	%xmm\n, %xmm0
	.endr
	movq	%xmm0, %rcx
	psrldq	$8, %xmm0
	movq	%xmm0, %rdx
	orq	%rdx, %rcx
	jne	8f
1:	addq	$8, %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	popq	%rbp
	ret
5:	movl	$1005, %eax
	jmp	1b
6:	movl	$1006, %eax
	jmp	1b
7:	movl	$1007, %eax
	jmp	1b
8:	movl	$1008, %eax
	jmp	1b
	end registers 0

// recurse(depth, number) -> the system call's result + depth + ... + 1, every summand from a
// spill slot or callee-saved register of its frame
	begin recurse
	pushq	%rbx
	movq	%rdi, %rbx
	testq	%rdi, %rdi
	je	1f
	decq	%rdi
	call	f_recurse
	call_site 8
	addq	%rbx, %rax
	popq	%rbx
	ret
1:	movl	%esi, %edi
	builtin	B_SYSCALL 8
	popq	%rbx
	ret
	end recurse 0

// load(address), store(address, value)
	begin load
	movl	%gs:(%edi), %eax
	ret
	end load 0
// misaligned(address)
	begin misaligned
	movaps	%gs:(%edi), %xmm0
	ret
	end misaligned 0
	begin store
	movl	%esi, %gs:(%edi)
	ret
	end store 0

// unreachable()
	begin unreachable
	.pushsection .rodata.traps
	.long	883f - test_text, 1
	.popsection
883:	ud1l	1(%eax), %eax
	end unreachable 1

// overflow(): recursion without end
	begin overflow
	subq	$1000, %rsp
	call	f_overflow
	call_site 1000
	addq	$1000, %rsp
	ret
	end overflow 1

// spin(rounds) -> a checksum that needs every register and the vector registers to survive
	begin spin
	pushq	%rbp
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	movq	%rdi, %rcx
	movl	$1, %eax
	movl	$2, %ebx
	movl	$3, %edx
	movl	$4, %esi
	movl	$5, %ebp
	movl	$6, %r8d
	movl	$7, %r9d
	movl	$8, %r10d
	movl	$9, %r11d
	movl	$10, %r12d
	movl	$11, %r13d
	movl	$12, %r14d
	movl	$13, %r15d
	movq	%rbx, %xmm0
	movq	%rdx, %xmm7
	movq	%rsi, %xmm15
	movq	%rdi, -8(%rsp)		// the red zone is ours
1:	addq	%rbx, %rax
	adcq	%rdx, %rbx		// lives on the carry flag
	rolq	$7, %rax
	xorq	%rsi, %rdx
	addq	%rax, %rsi
	xorq	%rbp, %rsi
	leaq	(%rbp,%r8), %rbp
	xorq	%r9, %r8
	addq	%r10, %r9
	xorq	%r11, %r10
	addq	%r12, %r11
	xorq	%r13, %r12
	addq	%r14, %r13
	xorq	%r15, %r14
	addq	%rax, %r15
	paddq	%xmm7, %xmm0
	pxor	%xmm15, %xmm7
	paddq	%xmm0, %xmm15
	addq	-8(%rsp), %rax
	decq	%rcx
	jne	1b
	addq	%r15, %rax
	addq	%r14, %rax
	movq	%xmm0, %rcx
	addq	%rcx, %rax
	movq	%xmm15, %rcx
	addq	%rcx, %rax
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	popq	%rbp
	ret
	end spin 0

// lind_signal_entry(handler, signo, siginfo, ucontext): counts at 0x10000 + 4 * signo, notes
// siginfo at 0x11000, then clobbers what a handler may; handler 1 makes system call 500 and stores
// its result at 0x11008; handler 2 jumps to the buffer at 0x12000; handler 3 changes the mask.
	begin lind_signal_entry
	pushq	%rbx
	leal	0x10000(,%rsi,4), %eax
	incl	%gs:(%eax)
	movl	%edx, %gs:0x11000
	movl	%edi, %ebx
	movq	$-1, %r8
	movq	%r8, SLOT(0)
	site
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	pcmpeqd	%xmm\n, %xmm\n
	.endr
	cmpl	$1, %ebx
	jne	1f
	movl	$500, %edi
	builtin	B_SYSCALL 8
	movl	%eax, %gs:0x11008
1:	cmpl	$2, %ebx
	jne	2f
	movl	$0x12000, %edi
	movl	$42, %esi
	builtin	B_LONGJMP 8
2:	cmpl	$3, %ebx
	jne	3f
	movq	$0x77, %gs:88(%ecx)
3:	popq	%rbx
	ret
	end lind_signal_entry 0

// jump(rounds) -> sum over rounds of setjmp at 0x12000 and a longjmp from a deeper frame
	begin jump
	pushq	%rbx
	pushq	%r12
	subq	$24, %rsp
	movq	%rdi, (%rsp)
	movq	$0, 8(%rsp)
	movl	$0x1234, %r12d
1:	movl	$0x12000, %edi
	builtin	B_SETJMP 40
	testl	%eax, %eax
	jne	2f
	movl	$5, %esi
	call	f_jump_deeper
	call_site 40
	ud2
2:	cmpl	$0x1234, %r12d
	jne	3f
	movl	%eax, %eax
	addq	%rax, 8(%rsp)
	decq	(%rsp)
	jne	1b
	movq	8(%rsp), %rax
4:	addq	$24, %rsp
	popq	%r12
	popq	%rbx
	ret
3:	movl	$-1, %eax
	jmp	4b
	end jump 0

	begin jump_deeper
	pushq	%r12
	xorl	%r12d, %r12d
	movl	$0x12000, %edi
	builtin	B_LONGJMP 8
	popq	%r12
	ret
	end jump_deeper 0

// arm(number) -> setjmp at 0x12000, then system call `number` with the longjmp's value or 0
	begin arm
	pushq	%rbx
	movl	%edi, %ebx
	movl	$0x12000, %edi
	builtin	B_SETJMP 8
	movl	%ebx, %edi
	movl	%eax, %esi
	builtin	B_SYSCALL 8
	popq	%rbx
	ret
	end arm 0

// late() -> arms and returns, then jumps to the dead buffer
	begin late
	pushq	%rbx
	movl	$501, %edi
	call	f_arm
	call_site 8
	movl	$0x12000, %edi
	movl	$1, %esi
	builtin	B_LONGJMP 8
	popq	%rbx
	ret
	end late 0

// two(number) -> 10 * setjmp's answer + another setjmp's, with a system call behind them
	begin two
	pushq	%rbx
	pushq	%r12
	subq	$8, %rsp
	movl	%edi, %ebx
	movl	$0x12000, %edi
	builtin	B_SETJMP 24
	movl	%eax, %r12d
	movl	$0x12100, %edi
	builtin	B_SETJMP 24
	imull	$10, %r12d, %r12d
	addl	%eax, %r12d
	movl	%ebx, %edi
	movl	%r12d, %esi
	builtin	B_SYSCALL 24
	leaq	(%r12,%rax), %rax
	addq	$8, %rsp
	popq	%r12
	popq	%rbx
	ret
	end two 0

// jump_to(buffer, value)
	begin jump_to
	pushq	%rbx
	builtin	B_LONGJMP 8
	popq	%rbx
	ret
	end jump_to 0

// import(a, b) -> what import 0 answers
	begin import
	pushq	%rbx
	movq	%rdi, SLOT(0)
	site
	movq	%rsi, SLOT(1)
	site
	xorl	%edi, %edi
	builtin	B_CALL_IMPORT 8
	movq	SLOT(0), %rax
	site
	popq	%rbx
	ret
	end import 0

// fill(address, value, bytes)
	begin fill
	pushq	%rbx
	builtin	B_MEMORY_FILL 8
	movl	$7, %eax
	popq	%rbx
	ret
	end fill 0

// bump(by) -> global 1 after adding to it
	begin bump
	movq	GLOBAL(1), %rax
	site
	addq	%rdi, %rax
	movq	%rax, GLOBAL(1)
	site
	ret
	end bump 0

test_text_end:
	.pushsection .rodata.functions
test_functions_end:
	.popsection
	.pushsection .rodata.fssites
test_fs_sites_end:
	.popsection
	.pushsection .rodata.callsites
test_call_sites_end:
	.popsection
	.pushsection .rodata.traps
test_traps_end:
	.popsection

	.section .note.GNU-stack,"",@progbits
