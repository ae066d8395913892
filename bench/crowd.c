/* Makes a crowd of sleeping processes in groups, each group with namespaces of its own, and waits.
 *
 * crowd <processes> <groups>: prints "ready" when all of them are there. They die with this process: each asks for
 * SIGKILL at its parent's death (PR_SET_PDEATHSIG), and so does each group's leader.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

static const int NAMESPACES =
    CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWCGROUP;

static int ready[2];

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static pid_t fork_bound(void)
{
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid < 0)
        fail("fork");
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent && getppid() != 0) /* 0: the parent is outside our pid namespace */
            exit(1);
    }
    return pid;
}

static void announce_and_sleep(void)
{
    if (write(ready[1], "x", 1) != 1)
        exit(1);
    for (;;)
        pause();
}

static void lead(int members)
{
    if (unshare(NAMESPACES) != 0)
        fail("unshare");
    for (int i = 1; i < members; i++)
        if (fork_bound() == 0)
            announce_and_sleep();
    announce_and_sleep();
}

int main(int argc, char **argv)
{
    int processes = argc > 1 ? atoi(argv[1]) : 0;
    int groups = argc > 2 ? atoi(argv[2]) : 0;
    if (groups < 1 || processes < groups) {
        fprintf(stderr, "usage: crowd <processes> <groups>\n");
        return 2;
    }
    if (pipe(ready) != 0)
        fail("pipe");
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (int i = 0; i < groups; i++)
        if (fork_bound() == 0)
            lead(processes / groups);
    for (int i = 0; i < processes / groups * groups; i++) {
        char byte;
        if (read(ready[0], &byte, 1) != 1)
            fail("read");
    }
    puts("ready");
    fflush(stdout);
    for (;;)
        pause();
}
