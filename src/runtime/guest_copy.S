// Copies between host and guest memory.  A fault anywhere between lind_copy_begin and
// lind_copy_end sends the thread to lind_copy_fault (signals_inside.cc), so every routine here
//   - is a leaf that pushes nothing,
//   - may be left at any instruction,
//   - returns 0 in eax; lind_copy_fault returns 1 in its place, with DF clear.

	.text
	.globl	lind_copy_begin, lind_copy_end, lind_copy_fault
	.globl	lind_copy_forward, lind_copy_backward, lind_copy_fill
	.globl	lind_copy_load32, lind_copy_exchange32
	.hidden	lind_copy_begin, lind_copy_end, lind_copy_fault
	.hidden	lind_copy_forward, lind_copy_backward, lind_copy_fill
	.hidden	lind_copy_load32, lind_copy_exchange32

lind_copy_begin:

// int lind_copy_forward(void* dst, const void* src, size_t n): ascending addresses.
// In: rdi, rsi, rdx.  Clobbers: rax, rcx, rdi, rsi, xmm0, xmm1.
// Objects of 1, 2, 4 and 8 bytes move in one access, so that an aligned word that the guest
// writes at the same time is seen whole.
	.balign 16
	.type	lind_copy_forward, @function
lind_copy_forward:
	.cfi_startproc
	cmpq	$16, %rdx
	ja	3f
	cmpq	$8, %rdx
	jb	1f
	movq	(%rsi), %rax			// 8..16: two words that may overlap
	movq	-8(%rsi,%rdx), %rcx
	movq	%rax, (%rdi)
	movq	%rcx, -8(%rdi,%rdx)
	xorl	%eax, %eax
	ret
1:	cmpq	$4, %rdx
	jb	2f
	movl	(%rsi), %eax			// 4..7
	movl	-4(%rsi,%rdx), %ecx
	movl	%eax, (%rdi)
	movl	%ecx, -4(%rdi,%rdx)
	xorl	%eax, %eax
	ret
2:	testq	%rdx, %rdx
	je	5f
	cmpq	$2, %rdx
	je	4f
	movq	%rdx, %rcx			// 1 or 3
	rep movsb
	xorl	%eax, %eax
	ret
4:	movzwl	(%rsi), %eax
	movw	%ax, (%rdi)
5:	xorl	%eax, %eax
	ret
3:	cmpq	$256, %rdx
	ja	7f
	movdqu	-16(%rsi,%rdx), %xmm1		// 17..256: the tail first, it is free of the loop
6:	movdqu	(%rsi), %xmm0
	movdqu	%xmm0, (%rdi)
	addq	$16, %rsi
	addq	$16, %rdi
	subq	$16, %rdx
	cmpq	$16, %rdx
	ja	6b
	movdqu	%xmm1, -16(%rdi,%rdx)
	xorl	%eax, %eax
	ret
7:	movq	%rdx, %rcx
	rep movsb
	xorl	%eax, %eax
	ret
	.cfi_endproc
	.size	lind_copy_forward, . - lind_copy_forward

// int lind_copy_backward(void* dst, const void* src, size_t n): descending addresses, for
// overlapping ranges with dst above src.  Same registers.
	.balign 16
	.type	lind_copy_backward, @function
lind_copy_backward:
	.cfi_startproc
1:	cmpq	$16, %rdx
	jb	2f
	movdqu	-16(%rsi,%rdx), %xmm0
	movdqu	%xmm0, -16(%rdi,%rdx)
	subq	$16, %rdx
	jmp	1b
2:	testq	%rdx, %rdx
	je	3f
	movb	-1(%rsi,%rdx), %al
	movb	%al, -1(%rdi,%rdx)
	decq	%rdx
	jmp	2b
3:	xorl	%eax, %eax
	ret
	.cfi_endproc
	.size	lind_copy_backward, . - lind_copy_backward

// int lind_copy_fill(void* dst, int value, size_t n).  In: rdi, esi, rdx.  Clobbers: rax, rcx, rdi.
	.balign 16
	.type	lind_copy_fill, @function
lind_copy_fill:
	.cfi_startproc
	movl	%esi, %eax
	movq	%rdx, %rcx
	rep stosb
	xorl	%eax, %eax
	ret
	.cfi_endproc
	.size	lind_copy_fill, . - lind_copy_fill

// int lind_copy_load32(uint32_t* out, const uint32_t* word).  In: rdi, rsi.
	.balign 16
	.type	lind_copy_load32, @function
lind_copy_load32:
	.cfi_startproc
	movl	(%rsi), %eax
	movl	%eax, (%rdi)
	xorl	%eax, %eax
	ret
	.cfi_endproc
	.size	lind_copy_load32, . - lind_copy_load32

// int lind_copy_exchange32(uint32_t* word, uint32_t* expected, uint32_t desired): stores
// `desired` if the word holds *expected; *expected becomes what the word held.
	.balign 16
	.type	lind_copy_exchange32, @function
lind_copy_exchange32:
	.cfi_startproc
	movl	(%rsi), %eax
	lock cmpxchgl %edx, (%rdi)
	movl	%eax, (%rsi)
	xorl	%eax, %eax
	ret
	.cfi_endproc
	.size	lind_copy_exchange32, . - lind_copy_exchange32

lind_copy_end:

	.balign 16
	.type	lind_copy_fault, @function
lind_copy_fault:
	.cfi_startproc
	cld
	movl	$1, %eax
	ret
	.cfi_endproc
	.size	lind_copy_fault, . - lind_copy_fault

	.section .note.GNU-stack,"",@progbits
