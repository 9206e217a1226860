#include <stdio.h>

int main(void)
{
    char path[64];
    snprintf(path, sizeof path, "/var/%s/app/%s/%d", "lib", "counter", 1);
    FILE *file = fopen(path, "w");
    if (!file) {
        perror("count");
        return 1;
    }
    puts("counted");
    return 0;
}
