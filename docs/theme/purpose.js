// What stands at the foot of each page.
const foot = document.createElement("p");
foot.className = "purpose";
foot.textContent = "Research use only. Not a medical device. Nothing leaves the machine.";
document.querySelector(".content main").append(foot);
