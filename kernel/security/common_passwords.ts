/** Words that passwords are made of most often; digits and signs around them change nothing. */
export const COMMON_PASSWORDS: ReadonlySet<string> = new Set(
  `password passwort passwords mypassword thepassword passwordpassword motdepasse contrasena
  wachtwoord parola haslo salasana losenord passw pass passpass secret secretsecret topsecret
  letmein letmeinnow letmeinplease welcome welcomehome welcometo welcomeback changeme
  changemenow changethis pleasechange default defaultpassword admin administrator adminadmin
  adminpassword rootroot root superuser sysadmin webmaster master masterkey masterpassword user
  username userpassword guest guestguest test testtest testing testpassword tester temp temporary
  temppassword demo demodemo example examplepassword sample login loginlogin qwerty qwertyuiop
  qwertyqwerty qwertyui qwertz qwertzuiop azerty azertyuiop asdfghjkl asdfasdf asdfgh zxcvbnm
  qazwsx qazwsxedc iloveyou iloveyousomuch iloveu ilovemyself ilovegod ilovejesus loveyou
  lovelove loveme lovely mylove sunshine sunshines princess princesa football footballs baseball
  basketball volleyball hockey soccer monkey monkeys dragon dragons shadow michael michelle
  jennifer jessica jordan ashley daniel anthony andrew joshua charlie thomas robert matthew
  superman batman spiderman pokemon starwars harrypotter trustno trustnoone whatever computer
  internet samsung google facebook youtube microsoft windows linux ubuntu debian android iphone
  liverpool arsenal chelsea manchester manchesterunited barcelona realmadrid juventus freedom
  ninja mustang corvette ferrari porsche mercedes yamaha harley killer hunter ranger cowboys
  steelers yankees lakers eagles tigger snoopy cookie cookies chocolate butterfly flower flowers
  summer winter spring autumn january february march april june july august september october
  november december monday tuesday wednesday thursday friday saturday sunday hello hellohello
  helloworld hallohallo bonjour goodmorning goodluck lucky luckyone forever forevermore friends
  family mother father brother sister babygirl babyboy blink blessed jesus jesuschrist godisgood
  heaven angel angels silver golden diamond purple orange yellow banana cheese pepper ginger
  abc abcabc abcdef abcdefg abcdefgh aaaaaa access accessdenied nothing something anything
  everything unknown nopassword nopass idontknow idontcare fuckyou fuckoff asshole bullshit
  correcthorsebatterystaple correcthorse fazt faztfazt faztadmin faztpassword mycloud personalcloud
  server serverpassword cloud cloudcloud database website dashboard cockpit owner ownerpassword`
    .split(/\s+/),
);
