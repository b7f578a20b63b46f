// What fork_exec.c starts.
int main(void) {
  return 0;
}
