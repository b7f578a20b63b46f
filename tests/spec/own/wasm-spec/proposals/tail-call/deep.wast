;; A million tail calls between functions of different signatures, arguments in slots included.
(module
  (type $wide (func (param i64 i64 i64 i64 i64 i64 i64 i64 f64) (result i64 f64)))
  (type $narrow (func (param i32) (result i64 f64)))
  (table funcref (elem $narrow_hop $wide_hop))
  (global $hops (mut i64) (i64.const 0))

  (func $narrow_hop (type $narrow)
    (global.set $hops (i64.add (global.get $hops) (i64.const 1)))
    (return_call $wide_hop
      (i64.extend_i32_u (local.get 0)) (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4)
      (i64.const 5) (i64.extend_i32_u (local.get 0)) (i64.const 7) (f64.const 0.5)))
  (func $wide_hop (type $wide)
    (if (i64.eqz (local.get 6))
      (then (return (i64.add (local.get 7) (global.get $hops)) (local.get 8))))
    (if (i32.wrap_i64 (i64.and (local.get 0) (i64.const 1)))
      (then
        (return_call_indirect (type $narrow)
          (i32.wrap_i64 (i64.sub (local.get 0) (i64.const 1))) (i32.const 0))))
    (return_call $narrow_hop (i32.wrap_i64 (i64.sub (local.get 6) (i64.const 1)))))

  ;; Rotates its arguments, registers and slots, at every hop.
  (func $rotate (export "rotate") (param i32 i64 i64 i64 i64 i64 i64 i64 i64) (result i64)
    (if (i32.eqz (local.get 0)) (then (return (local.get 1))))
    (return_call $rotate (i32.sub (local.get 0) (i32.const 1))
      (local.get 8) (local.get 1) (local.get 2) (local.get 3) (local.get 4) (local.get 5)
      (local.get 6) (local.get 7)))
  (func $forward (type $narrow) (return_call $narrow_hop (local.get 0)))
  (func (export "deep") (param i32) (result i64)
    (call $forward (local.get 0))
    (f64.mul (f64.const 4000000000)) (i64.trunc_f64_s)  ;; half of it
    (i64.add))
  (func (export "wrong") (param i32) (result i64)
    (return_call_indirect (param i32) (result i64) (local.get 0) (i32.const 1))))

(assert_return (invoke "deep" (i32.const 1000000)) (i64.const 2001000008))
(assert_return
  (invoke "rotate" (i32.const 1000000) (i64.const 10) (i64.const 11) (i64.const 12) (i64.const 13)
    (i64.const 14) (i64.const 15) (i64.const 16) (i64.const 17))
  (i64.const 10))
(assert_return
  (invoke "rotate" (i32.const 1000003) (i64.const 10) (i64.const 11) (i64.const 12) (i64.const 13)
    (i64.const 14) (i64.const 15) (i64.const 16) (i64.const 17))
  (i64.const 15))
(assert_trap (invoke "wrong" (i32.const 1)) "indirect call type mismatch")
