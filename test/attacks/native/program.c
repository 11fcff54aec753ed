// A program that no manifest of the battery grants. What it prints proves that it ran.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void say_reversed(const char *token) {
  char text[128];
  size_t length = strlen(token);
  if (length > sizeof text - 2) return;
  for (size_t i = 0; i < length; i++) text[i] = token[length - 1 - i];
  text[length] = '\n';
  if (write(1, text, length + 1) < 0) _exit(1);
}

static void show_file(const char *path) {
  char text[4096];
  int file = open(path, O_RDONLY);
  ssize_t length = file < 0 ? -1 : read(file, text, sizeof text);
  if (length > 0 && write(1, text, (size_t)length) < 0) _exit(1);
}

// program TOKEN | program --read PATH | program --outlive SECONDS TOKEN
int main(int count, char **words) {
  if (count == 3 && strcmp(words[1], "--read") == 0) { show_file(words[2]); return 0; }
  if (count == 4 && strcmp(words[1], "--outlive") == 0) {
    if (fork() != 0) return 0;
    setsid();
    if (fork() != 0) return 0;
    sleep((unsigned)(words[2][0] - '0'));
    say_reversed(words[3]);
    return 0;
  }
  if (count >= 2) say_reversed(words[1]);
  return 0;
}
