// Debian's Lua: calls, tables, strings, methods and the collector.  No error: V8 has no longjmp.
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "../timing.h"

static const char kScript[] =
    "local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end\n"
    "local sum = fib(24)\n"
    "local state = 1\n"
    "local function random() state = (state * 1103515245 + 12345) % 2147483648 return state end\n"
    "local list = {}\n"
    "for i = 1, 20000 do list[i] = random() end\n"
    "table.sort(list)\n"
    "for i = 1, #list, 7 do sum = (sum * 31 + list[i]) % 1000000007 end\n"
    "local words, parts = {}, {}\n"
    "for i = 1, 20000 do\n"
    "  local key = 'word' .. (random() // 65536) % 500\n"
    "  words[key] = (words[key] or 0) + 1\n"
    "  parts[#parts + 1] = key:upper():sub(2)\n"
    "end\n"
    "local text = table.concat(parts, ' ')\n"
    "for key, count in text:gmatch('(%u+)(%d+)') do sum = (sum + #key * count) % 1000000007 end\n"
    "local Point = {} Point.__index = Point\n"
    "function Point.new(x, y) return setmetatable({x = x, y = y}, Point) end\n"
    "function Point:add(other) return Point.new(self.x + other.x, self.y + other.y) end\n"
    "local at = Point.new(0, 0)\n"
    "for i = 1, 60000 do at = at:add(Point.new(i, -i)) end\n"
    "return (sum * 31 + at.x) % 1000000007\n";

static uint64_t kernel(void) {
  lua_State* const lua = luaL_newstate();
  MUST(lua != NULL);
  luaL_openlibs(lua);
  MUST(luaL_dostring(lua, kScript) == LUA_OK);
  const uint64_t checksum = (uint64_t)lua_tointeger(lua, -1);
  lua_close(lua);
  return checksum;
}

int main(int argc, char** argv) {
  return run_kernel(kernel, argc, argv);
}
