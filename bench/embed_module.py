"""The module that an embedder's rows use: 1,000 functions, all in a table, and 1 MiB of memory."""

FUNCTIONS = 1000


def text():
    functions = "\n".join(f"(func $f{i} (type $t) (i32.add (local.get 0) (i32.const {i})))"
                          for i in range(FUNCTIONS))
    names = " ".join(f"$f{i}" for i in range(FUNCTIONS))
    return f"""(module
  (type $t (func (param i32) (result i32)))
  (import "env" "add" (func $host (param i32 i32) (result i32)))
  (memory (export "memory") 16)
  (data (i32.const 65536) "{'initial image ' * 1000}")
  (table {FUNCTIONS} funcref)
  (elem (i32.const 0) {names})
  {functions}
  (func (export "add") (param i32 i32) (result i32)
    (call_indirect (type $t) (i32.add (local.get 0) (local.get 1)) (i32.const 7)))
  (func (export "touch")
    (i32.store (i32.const 0) (i32.const 1)) (i32.store (i32.const 65536) (i32.const 1))
    (i32.store (i32.const 131072) (i32.const 1)) (i32.store (i32.const 1048572) (i32.const 1)))
  (func (export "hostcalls") (param $n i32) (result i32) (local $sum i32)
    (loop $again
      (local.set $sum (call $host (local.get $sum) (local.get $n)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum)))
"""
