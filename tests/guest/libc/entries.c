// share: /etc
// The databases of /etc: enumerations, and look-ups by name and number.
#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pwd.h>
#include <arpa/inet.h>

#include "check.h"

static void passwd(void) {
  struct passwd* entry;
  int count = 0;
  while ((entry = getpwent()) != NULL) {
    printf("%s:%u:%u:%s:%s\n", entry->pw_name, entry->pw_uid, entry->pw_gid, entry->pw_dir,
           entry->pw_shell);
    count++;
  }
  endpwent();
  CHECK(count > 0);
  setpwent();
  CHECK((entry = getpwent()) != NULL);
  printf("first %s\n", entry->pw_name);
  endpwent();
  CHECK((entry = getpwuid(0)) != NULL);
  printf("uid 0 is %s\n", entry->pw_name);
  CHECK((entry = getpwnam("daemon")) != NULL);
  printf("daemon is %u\n", entry->pw_uid);
  CHECK(getpwnam("no-such-user") == NULL);
  char buffer[8];
  struct passwd place, *result;
  CHECK(getpwuid_r(0, &place, buffer, sizeof buffer, &result) == ERANGE && result == NULL);
}

static void group(void) {
  struct group* entry;
  while ((entry = getgrent()) != NULL) {
    printf("%s:%u", entry->gr_name, entry->gr_gid);
    for (char** member = entry->gr_mem; *member != NULL; member++)
      printf(" %s", *member);
    printf("\n");
  }
  endgrent();
  CHECK((entry = getgrgid(0)) != NULL);
  printf("gid 0 is %s\n", entry->gr_name);
  gid_t groups[8];
  int count = 8;
  printf("getgrouplist %d\n", getgrouplist("daemon", 1, groups, &count));
}

static void network(void) {
  struct servent* service;
  int count = 0;
  while ((service = getservent()) != NULL)
    count++;
  endservent();
  printf("%d services\n", count);
  struct protoent* protocol;
  count = 0;
  while ((protocol = getprotoent()) != NULL)
    count++;
  endprotoent();
  printf("%d protocols\n", count);
  struct hostent* host;
  while ((host = gethostent()) != NULL && ++count < 100)
    printf("host %s\n", host->h_addrtype == AF_INET ? inet_ntoa(*(struct in_addr*)host->h_addr) : "v6");
  endhostent();
  if ((service = getservbyname("http", "tcp")) != NULL)
    printf("http is %d\n", ntohs(service->s_port));
  struct netent* net;
  while ((net = getnetent()) != NULL)
    printf("net %s\n", net->n_name);
  endnetent();
}

static void addresses(void) {
  struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
  struct addrinfo* list;
  CHECK(getaddrinfo("127.0.0.1", "80", &hints, &list) == 0);
  char text[64], port[16];
  CHECK(getnameinfo(list->ai_addr, list->ai_addrlen, text, sizeof text, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) == 0);
  printf("%s %s %d\n", text, port, list->ai_socktype);
  freeaddrinfo(list);
  CHECK(getaddrinfo("::1", NULL, &hints, &list) == 0);
  CHECK(inet_ntop(AF_INET6, &((struct sockaddr_in6*)list->ai_addr)->sin6_addr, text, sizeof text));
  printf("%s\n", text);
  freeaddrinfo(list);
  printf("%s\n", gai_strerror(getaddrinfo("not numeric", NULL, &hints, &list)));
  struct in6_addr six;
  CHECK(inet_pton(AF_INET6, "fe80::1:2", &six) == 1 && inet_pton(AF_INET, "1.2.3", &six) == 0);
}

int main(void) {
  passwd();
  group();
  network();
  addresses();
  return 0;
}
