#include <stdio.h>

int tell(void);

int main(void)
{
    printf("%d\n", tell());
    return 0;
}
