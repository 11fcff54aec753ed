// The least that it can cost to fill node_modules out of the store: the same folders and hard links, relative to open
// folders, and nothing else. The list has `P <entry> <place>` for each package, then its `D <folder>` and `F <number> <path>`;
// an awk that makes it of the entries of a store, each to a place of its own:
//   cc -O2 -static -pthread -o /tmp/links bench/floor/links.c
//   awk 'FNR == 1 { entry = FILENAME; sub("/index$", "", entry); print "P", entry, ++place; number = 0 }
//        FNR > 4 && /^d / { print "D" substr($0, 2) }
//        FNR > 4 && /^f / { path = $0; for (word = 0; word < 5; word++) sub("^[^ ]* ", "", path); print "F", number++, path }' \
//     ~/.cache/cordon/store/v1/*/index > /tmp/list
//   mkdir /tmp/new && cd /tmp/new && /tmp/links /tmp/list <threads> <1: looks at each file of the store before>
// Prints milliseconds. `/tmp/new` is to be on the store's file system.
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MOST_LINES = 1 << 20, MOST_THREADS = 64 };

struct line {
    char kind;
    char *first, *second;
};

static struct line lines[MOST_LINES];
static int starts[MOST_LINES + 1];
static int line_count, package_count, looks;
static atomic_int next_package;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void make_folders(const char *place) {
    char *path = strdup(place);
    for (char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        mkdir(path, 0755);
        *slash = '/';
    }
    mkdir(path, 0755);
    free(path);
}

static void fill(int package) {
    struct line *head = &lines[starts[package]];
    make_folders(head->second);
    int from = open(head->first, O_PATH | O_DIRECTORY), to = open(head->second, O_PATH | O_DIRECTORY);
    if (from < 0 || to < 0) fail(head->first);
    for (struct line *line = head + 1; line < &lines[starts[package + 1]]; line++) {
        struct stat found;
        if (line->kind == 'D') {
            if (mkdirat(to, line->first, 0755)) fail(line->first);
            continue;
        }
        if (looks && fstatat(from, line->first, &found, AT_SYMLINK_NOFOLLOW)) fail(line->first);
        if (linkat(from, line->first, to, line->second, 0)) fail(line->second);
    }
    close(from);
    close(to);
}

static void *work(void *unused) {
    (void)unused;
    for (int package; (package = atomic_fetch_add(&next_package, 1)) < package_count;) fill(package);
    return NULL;
}

static void read_list(const char *name) {
    static char text[16384];
    FILE *list = fopen(name, "r");
    if (!list) fail(name);
    while (line_count < MOST_LINES && fgets(text, sizeof text, list)) {
        text[strcspn(text, "\n")] = 0;
        struct line *line = &lines[line_count];
        line->kind = text[0];
        line->first = strdup(text + 2);
        char *space = line->kind == 'D' ? NULL : strchr(line->first, ' ');
        if (space) {
            *space = 0;
            line->second = space + 1;
        }
        if (line->kind == 'P') starts[package_count++] = line_count;
        line_count++;
    }
    starts[package_count] = line_count;
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

int main(int count, char **words) {
    if (count != 4) return fprintf(stderr, "links <list> <threads> <0 or 1>\n"), 2;
    read_list(words[1]);
    int threads = atoi(words[2]);
    looks = atoi(words[3]);
    if (threads < 1 || threads > MOST_THREADS) return fprintf(stderr, "1 to %d threads\n", MOST_THREADS), 2;
    pthread_t others[MOST_THREADS];
    double start = now();
    for (int other = 1; other < threads; other++) pthread_create(&others[other], NULL, work, NULL);
    work(NULL);
    for (int other = 1; other < threads; other++) pthread_join(others[other], NULL);
    printf("%.1f\n", now() - start);
    return 0;
}
